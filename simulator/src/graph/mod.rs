//! The Graph API: routes, and the layer around them that records, authenticates and writes refusals.

mod blocks;
mod error;
mod gate;
mod media;
pub(crate) mod messages;
mod nodes;
mod oauth;
mod params;
pub(crate) mod profile;
mod subscriptions;
pub(crate) mod templates;
pub(crate) mod uploads;
mod validate;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

pub(crate) use error::GraphError;

use crate::state::Core;

/// The largest upload: a document of 100 MB, and the form around it.
const MAX_UPLOAD: usize = 101 << 20;

pub(crate) fn router(core: Arc<Core>) -> Router<Arc<Core>> {
    Router::new()
        .route("/{version}/oauth/access_token", get(oauth::access_token).post(oauth::access_token_form))
        .route("/{version}/dialog/oauth", get(oauth::dialog))
        .route("/{version}/debug_token", get(oauth::debug_token))
        .route("/{version}/{id}", get(nodes::get).post(uploads::post).delete(media::delete))
        .route("/{version}/{id}/messages", post(messages::send))
        .route("/{version}/{id}/media", post(media::upload))
        .route("/{version}/{id}/uploads", post(uploads::begin))
        .route("/{version}/{id}/phone_numbers", get(nodes::phone_numbers))
        .route("/{version}/{id}/whatsapp_business_profile", get(profile::get).post(profile::update))
        .route("/{version}/{id}/block_users", get(blocks::list).post(blocks::block).delete(blocks::unblock))
        .route(
            "/{version}/{id}/subscribed_apps",
            get(subscriptions::list).post(subscriptions::subscribe).delete(subscriptions::unsubscribe),
        )
        .route(
            "/{version}/{id}/subscriptions",
            get(subscriptions::app_list).post(subscriptions::app_subscribe),
        )
        .route(
            "/{version}/{id}/message_templates",
            get(templates::list).post(templates::create).delete(templates::delete),
        )
        .route("/whatsapp_business/attachments/", get(media::download))
        .fallback(nodes::unknown_path)
        .layer(DefaultBodyLimit::max(MAX_UPLOAD))
        .layer(middleware::from_fn_with_state(core, gate::gate))
}
