//! A viewer's [`Reach`] as conditions: what it does not cover does not exist.

use crate::auth::Reach;
use entities::{UserId, contact, conversation, message};
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait};

/// Rows of `conversation`.
pub(super) fn conversations(reach: Reach) -> Condition {
    covered(reach, |user| conversation::Column::OwnerId.eq(user))
}

/// Rows that belong to the conversation in this column.
pub(super) fn of_conversation(reach: Reach, conversation_id: impl ColumnTrait) -> Condition {
    covered(reach, |user| {
        let id = conversation::Column::Id;
        Expr::exists(owned(user, id.into_expr().eq(conversation_id.into_expr())))
    })
}

/// Rows that belong to the contact in this column: one of its conversations must be covered or, while it has none, it
/// must be owned itself.
pub(super) fn of_contact(reach: Reach, contact_id: impl ColumnTrait) -> Condition {
    covered(reach, |user| {
        let of_this = conversation::Column::ContactId.into_expr().eq(contact_id.into_expr());
        let any = conversation::Entity::find().select_only().expr(Expr::val(1)).filter(of_this.clone());
        let silent = Alias::new("silent");
        let column = |column: contact::Column| Expr::col((silent.clone(), column));
        let mut own = Query::select();
        own.expr(Expr::val(1))
            .from_as(contact::Entity, silent.clone())
            .and_where(column(contact::Column::Id).eq(contact_id.into_expr()))
            .and_where(column(contact::Column::OwnerId).eq(user))
            .and_where(Expr::exists(any.into_query()).not());
        Expr::exists(owned(user, of_this)).or(Expr::exists(own))
    })
}

/// Rows that belong to the message in this column.
pub(super) fn of_message(reach: Reach, message_id: impl ColumnTrait) -> Condition {
    covered(reach, |user| {
        let conversation = conversation::Column::Id.into_expr();
        let messages = message::Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(message::Column::Id.into_expr().eq(message_id.into_expr()))
            .filter(Expr::exists(owned(user, conversation.eq(message::Column::ConversationId.into_expr()))));
        Expr::exists(messages.into_query())
    })
}

/// What the whole house shares, such as channels and the names of colleagues.
pub(super) fn shared(reach: Reach) -> Condition {
    match reach {
        Reach::All | Reach::Own(_) => Condition::all(),
        Reach::Nothing => nothing(),
    }
}

fn covered(reach: Reach, own: impl FnOnce(UserId) -> Expr) -> Condition {
    match reach {
        Reach::All => Condition::all(),
        Reach::Own(user) => Condition::all().add(own(user)),
        Reach::Nothing => nothing(),
    }
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

fn owned(user: UserId, link: Expr) -> SelectStatement {
    conversation::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(link)
        .filter(conversation::Column::OwnerId.eq(user))
        .into_query()
}
