//! What an answer costs.

use entities::{Timestamp, model_price};

/// The price of a model, in millionths for a million tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Of what it reads.
    pub input: i64,
    /// Of what it reads again from its provider's cache.
    pub cached_input: i64,
    /// Of what it writes.
    pub output: i64,
    /// ISO 4217; none where somebody set the price without one.
    pub currency: Option<String>,
}

/// How many tokens were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read, cached ones among them.
    pub input: i64,
    /// Of those the ones from the cache.
    pub cached_input: i64,
    /// Written.
    pub output: i64,
}

impl Price {
    /// What these tokens cost, in millionths.
    #[must_use]
    pub fn of(&self, tokens: Tokens) -> i64 {
        let price = |tokens: i64, price: i64| i128::from(tokens.max(0)) * i128::from(price);
        let cached = tokens.cached_input.min(tokens.input);
        let all = price(tokens.input - cached, self.input)
            + price(cached, self.cached_input)
            + price(tokens.output, self.output);
        i64::try_from(all / 1_000_000).unwrap_or(i64::MAX)
    }
}

/// The price of a model at a moment, by rows of its provider. Its whole name goes before the beginning of one, a longer
/// beginning before a shorter, and of those the newest that is valid.
#[must_use]
pub fn valid(rows: &[model_price::Model], model: &str, at: Timestamp) -> Option<Price> {
    let row = rows
        .iter()
        .filter(|row| row.valid_from <= at && matches(&row.model, model))
        .max_by_key(|row| (!row.model.ends_with('*'), row.model.len(), row.valid_from))?;
    Some(Price {
        input: row.input_micros,
        cached_input: row.cached_input_micros.unwrap_or(row.input_micros),
        output: row.output_micros,
        currency: Some(row.currency.clone()),
    })
}

fn matches(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => model == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entities::{AssistantProvider, ModelPriceId};

    fn row(model: &str, since: i64, input: i64) -> model_price::Model {
        model_price::Model {
            id: ModelPriceId(uuid::Uuid::nil()),
            provider: AssistantProvider::OpenAi,
            model: model.to_owned(),
            valid_from: Timestamp(since),
            input_micros: input,
            output_micros: 8,
            cached_input_micros: None,
            currency: "USD".to_owned(),
            updated_at: Timestamp(0),
        }
    }

    #[test]
    fn the_nearest_name_counts_and_then_the_newest_price() {
        let rows = [
            row("*", 0, 1),
            row("gpt-5*", 0, 2),
            row("gpt-5*", 100, 3),
            row("gpt-5-mini", 50, 4),
            row("gpt-5-mini", 200, 5),
        ];
        for (model, at, expected) in [
            ("llama", 0, Some(1)),
            ("llama", -1, None),
            ("gpt-5", 99, Some(2)),
            ("gpt-5", 100, Some(3)),
            ("gpt-5-mini", 49, Some(2)),
            ("gpt-5-mini", 50, Some(4)),
            ("gpt-5-mini", 199, Some(4)),
            ("gpt-5-mini", 200, Some(5)),
            ("gpt-5-mini-2", 200, Some(3)),
        ] {
            let found = valid(&rows, model, Timestamp(at)).map(|price| price.input);
            assert_eq!(found, expected, "{model} at {at}");
        }
    }

    #[test]
    fn cached_tokens_have_a_price_of_their_own() {
        let price = Price { input: 2_000_000, cached_input: 200_000, output: 8_000_000, currency: None };
        for (input, cached_input, output, expected) in
            [(0, 0, 0, 0), (10, 0, 1, 28), (10, 5, 1, 19), (10, 99, 0, 2), (1, 0, i64::MAX, i64::MAX)]
        {
            assert_eq!(
                price.of(Tokens { input, cached_input, output }),
                expected,
                "{input} {cached_input} {output}"
            );
        }
    }
}
