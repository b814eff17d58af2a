//! A handle on one customer.

use std::sync::Arc;

use serde_json::json;

use crate::customers::Record;
use crate::state::Core;
use crate::webhooks::{self, Update};

/// One customer: who they are, and how WhatsApp shows them to the business.
#[derive(Clone, Debug)]
pub struct Customer {
    core: Arc<Core>,
    wa_id: String,
}

impl Customer {
    pub(crate) fn new(core: Arc<Core>, phone: &str) -> Self {
        let wa_id = core.state.lock().customers.at(phone).identity.wa_id.clone();
        Self { core, wa_id }
    }

    /// The phone number as WhatsApp knows it, digits only (`wa_id`).
    pub fn phone(&self) -> &str {
        &self.wa_id
    }

    /// The business-scoped user id, such as `US.13491208655302741918`: fixed by the seed and the number.
    pub fn user_id(&self) -> String {
        self.with(|record| record.identity.user_id.clone())
    }

    /// The name in the profile.
    pub fn name(&self) -> String {
        self.with(|record| record.identity.name.clone())
    }

    /// The user name, without an `@`, if the customer has taken one.
    pub fn username(&self) -> Option<String> {
        self.with(|record| record.identity.username.clone())
    }

    /// Whether webhooks leave the phone number out.
    pub fn phone_hidden(&self) -> bool {
        self.with(|record| record.identity.phone_hidden)
    }

    /// Changes the name in the profile.
    pub fn set_name(&self, name: &str) {
        self.with(|record| record.identity.name = name.to_owned());
    }

    /// Takes a user name, or gives it up.
    pub fn set_username(&self, username: Option<&str>) {
        self.with(|record| record.identity.username = username.map(str::to_owned));
    }

    /// Leaves the phone number out of webhooks, as WhatsApp does for people with a user name whom the business does
    /// not know by number; or shows it again.
    pub fn hide_phone(&self, hidden: bool) {
        self.with(|record| record.identity.phone_hidden = hidden);
    }

    /// Joins or leaves WhatsApp. Messages to somebody who is not there fail with 131026.
    pub fn set_on_whatsapp(&self, on_whatsapp: bool) {
        self.with(|record| record.on_whatsapp = on_whatsapp);
    }

    /// Stops or resumes marketing messages, and tells the business by a `user_preferences` webhook. Marketing
    /// templates to somebody who stopped them fail with 131050.
    pub fn set_accepts_marketing(&self, accepts: bool) {
        let state = &mut *self.core.state.lock();
        let record = state.customers.at(&self.wa_id);
        record.accepts_marketing = accepts;
        let contact = webhooks::contact(&record.identity, true);
        let wish = if accepts { "resume" } else { "stop" };
        let mut preference = json!({
            "user_id": record.identity.user_id,
            "detail": format!("User requested to {wish} marketing messages"),
            "category": "marketing_messages",
            "value": wish,
            "timestamp": self.core.clock.now(),
        });
        if !record.identity.phone_hidden {
            preference["wa_id"] = json!(self.wa_id);
        }
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": webhooks::metadata(&self.core.config.business),
            "contacts": [contact],
            "user_preferences": [preference],
        });
        self.core.tell(state, Update::Other { field: "user_preferences", value });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        act(self.core.state.lock().customers.at(&self.wa_id))
    }
}
