//! Who is told about new messages, and what.

use entities::{ConversationId, UserId};
use std::collections::{HashMap, HashSet};

/// Conversations that one notification names at most.
pub const MOST_CONVERSATIONS: usize = 100;

/// Somebody who answers customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// Whether all conversations exist for them, or only their own.
    pub sees_all: bool,
}

/// New messages of a conversation that nobody has read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// Where.
    pub conversation: ConversationId,
    /// Whose it is to answer.
    pub owner: UserId,
    /// How many.
    pub messages: i64,
}

/// What is unread in the conversations of one owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// How many messages.
    pub messages: i64,
    /// In how many conversations.
    pub conversations: i64,
}

/// What one person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Who.
    pub user: UserId,
    /// All that is unread in the conversations that are theirs to answer.
    pub unread: Unread,
    /// How many of these messages are new.
    pub new_messages: i64,
    /// Where the new ones are: at most [`MOST_CONVERSATIONS`].
    pub conversations: Vec<ConversationId>,
}

/// What each of `people` is told: owners of their conversations, and who sees all conversations also of those that have no
/// owner among `people` (the guest's, and those of somebody who has left). Nobody is told that there is nothing new.
#[must_use]
pub fn notifications(
    people: &[Person],
    news: &[News],
    unread: &HashMap<UserId, Unread>,
) -> Vec<Notification> {
    let answering: HashSet<UserId> = people.iter().map(|person| person.user).collect();
    let concerns = |person: &Person, owner: UserId| {
        owner == person.user || (person.sees_all && !answering.contains(&owner))
    };
    let told = people.iter().filter_map(|person| {
        let new: Vec<&News> = news.iter().filter(|news| concerns(person, news.owner)).collect();
        if new.is_empty() {
            return None;
        }
        let mut all = Unread::default();
        for (_, unread) in unread.iter().filter(|(owner, _)| concerns(person, **owner)) {
            all.messages += unread.messages;
            all.conversations += unread.conversations;
        }
        Some(Notification {
            user: person.user,
            unread: all,
            new_messages: new.iter().map(|news| news.messages).sum(),
            conversations: new.iter().take(MOST_CONVERSATIONS).map(|news| news.conversation).collect(),
        })
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const GUEST: UserId = UserId(Uuid::from_u128(1));
    const ANA: UserId = UserId(Uuid::from_u128(2));
    const BEN: UserId = UserId(Uuid::from_u128(3));
    const LEFT: UserId = UserId(Uuid::from_u128(4));

    fn news(number: u128, owner: UserId, messages: i64) -> News {
        News { conversation: ConversationId(Uuid::from_u128(number)), owner, messages }
    }

    fn told(people: &[Person], news: &[News]) -> Vec<(UserId, i64, i64, usize)> {
        let unread = |messages| Unread { messages, conversations: 1 };
        let unread = HashMap::from([(GUEST, unread(100)), (ANA, unread(10)), (LEFT, unread(1000))]);
        notifications(people, news, &unread)
            .into_iter()
            .map(|told| (told.user, told.unread.messages, told.new_messages, told.conversations.len()))
            .collect()
    }

    #[test]
    fn who_is_told_of_what() {
        let (ana, ben) = (Person { user: ANA, sees_all: true }, Person { user: BEN, sees_all: false });
        assert_eq!(told(&[ana, ben], &[]), [], "nothing new");
        assert_eq!(told(&[ana, ben], &[news(10, ANA, 2)]), [(ANA, 1110, 2, 1)], "the owner");
        assert_eq!(told(&[ana, ben], &[news(10, BEN, 2)]), [(BEN, 0, 2, 1)], "not who merely sees it");
        assert_eq!(told(&[ana, ben], &[news(10, GUEST, 3)]), [(ANA, 1110, 3, 1)], "who sees all");
        assert_eq!(told(&[ana, ben], &[news(10, LEFT, 3)]), [(ANA, 1110, 3, 1)], "its owner has left");
        assert_eq!(told(&[ben], &[news(10, GUEST, 3), news(11, ANA, 1)]), []);
        let several = [news(10, ANA, 1), news(11, GUEST, 2), news(12, BEN, 4)];
        assert_eq!(told(&[ana, ben], &several), [(ANA, 1110, 3, 2), (BEN, 0, 4, 1)]);
    }

    #[test]
    fn all_are_counted_and_a_hundred_are_named() {
        let many: Vec<News> = (10..400).map(|number| news(number, ANA, 1)).collect();
        let ana = Person { user: ANA, sees_all: false };
        assert_eq!(told(&[ana], &many), [(ANA, 10, 390, MOST_CONVERSATIONS)]);
    }
}
