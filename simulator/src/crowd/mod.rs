//! Sample customers who write by themselves, so that a demo is alive.

mod people;
mod speech;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::customers::PhoneMessage;
use crate::inbound;
use crate::state::Core;
use people::{PEOPLE, Person};

/// The first messages come at once, so many and so far apart.
const FIRST_MESSAGES: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Between two messages of the whole crowd pass so many milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 2_000..6_000;

/// How likely the crowd answers when the business has written, rather than to start something new.
const ANSWERS: f64 = 0.6;

/// The most customers in a crowd.
const MAX_CROWD: usize = 1_000;

/// A running crowd; it falls silent when this is dropped.
#[derive(Debug)]
pub struct CrowdHandle {
    phones: Vec<String>,
    _stop_on_drop: DropGuard,
}

impl CrowdHandle {
    /// The phone numbers of the crowd.
    pub fn phones(&self) -> &[String] {
        &self.phones
    }

    /// Makes the crowd fall silent.
    pub fn stop(self) {}
}

/// One of the crowd.
struct Member {
    phone: String,
    person: &'static Person,
    /// How many of the person's lines were said.
    said: usize,
}

pub(crate) fn start(core: Arc<Core>, count: usize, stop: CancellationToken) -> CrowdHandle {
    let members: Vec<Member> = (0..count.min(MAX_CROWD)).map(|index| member(&core, index)).collect();
    let phones = members.iter().map(|member| member.phone.clone()).collect();
    let crowd = Crowd { rng: StdRng::seed_from_u64(core.config.seed), core, members };
    let task_stop = stop.clone();
    tokio::spawn(async move { task_stop.run_until_cancelled(crowd.live()).await });
    CrowdHandle { phones, _stop_on_drop: stop.drop_guard() }
}

/// The people in turn; from the second round on with another number.
fn member(core: &Core, index: usize) -> Member {
    let person = &PEOPLE[index % PEOPLE.len()];
    let phone = format!("{}{:03}", person.phone_prefix, index);
    let mut state = core.state.lock();
    let identity = &mut state.customers.at(&phone).identity;
    identity.name = person.name.to_owned();
    identity.username = person.username.map(str::to_owned);
    Member { phone, person, said: 0 }
}

struct Crowd {
    core: Arc<Core>,
    rng: StdRng,
    members: Vec<Member>,
}

impl Crowd {
    async fn live(mut self) {
        if self.members.is_empty() {
            return;
        }
        for index in 0..self.members.len().min(FIRST_MESSAGES) {
            self.say_something(index);
            tokio::time::sleep(FIRST_PAUSE).await;
        }
        loop {
            let pause = self.rng.random_range(PAUSE_MS);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            self.act();
        }
    }

    /// Somebody answers the business, or somebody starts something new.
    fn act(&mut self) {
        for member in &self.members {
            inbound::read(&self.core, &member.phone);
        }
        let waiting: Vec<(usize, PhoneMessage)> = (0..self.members.len())
            .filter_map(|index| Some((index, self.last_message(index).filter(|last| !last.from_customer)?)))
            .collect();
        match waiting.choose(&mut self.rng) {
            Some((index, message)) if self.rng.random_bool(ANSWERS) => self.answer(*index, message),
            _ => {
                let index = self.rng.random_range(0..self.members.len());
                self.say_something(index);
            }
        }
    }

    fn last_message(&self, index: usize) -> Option<PhoneMessage> {
        self.core.state.lock().customers.at(&self.members[index].phone).messages.back().cloned()
    }

    /// The member's next line, as one kind of message or another; the first is a text.
    fn say_something(&mut self, index: usize) {
        let member = &mut self.members[index];
        let line = member.person.lines[member.said % member.person.lines.len()];
        member.said += 1;
        let message = match member.said {
            1 => json!({ "text": line }),
            _ => {
                let state = &mut *self.core.state.lock();
                let chat = state.customers.at(&member.phone).messages.make_contiguous();
                speech::something(member.person, line, chat, self.core.clock.now(), &mut self.rng)
            }
        };
        inbound::write(&self.core, &member.phone, message);
    }

    /// Taps what can be tapped, else replies in words.
    fn answer(&mut self, index: usize, message: &PhoneMessage) {
        let member = &self.members[index];
        let reply = speech::tap(message, member.person, &mut self.rng).or_else(|| {
            let words = member.person.replies.choose(&mut self.rng)?;
            Some(json!({ "text": words }))
        });
        if let Some(reply) = reply {
            inbound::write(&self.core, &member.phone, reply);
        }
    }
}
