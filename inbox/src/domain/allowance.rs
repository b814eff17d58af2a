//! What an answer may use.

use crate::domain::price::{Price, Tokens};

/// An answer that is cut before so many tokens says nothing.
const LEAST: i64 = 16;

/// What the limits of an assistant leave for one answer when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Tokens, read and written.
    pub tokens: i64,
    /// Money in millionths, and what tokens cost; none without a budget or a price.
    pub money: Option<(i64, Price)>,
}

impl Allowance {
    /// Where the next words of the model are to be cut, `most` at the latest, if so much is `used` and it will read about
    /// `input` tokens; none if what is left is not worth asking for.
    #[must_use]
    pub fn output(&self, used: Tokens, input: i64, most: i64) -> Option<i64> {
        let by_tokens =
            self.tokens.saturating_sub(used.input).saturating_sub(used.output).saturating_sub(input);
        let by_money = self.money.as_ref().map_or(i64::MAX, |(money, price)| {
            let reading = price.of(Tokens { input, ..Tokens::default() });
            let left = money.saturating_sub(price.of(used)).saturating_sub(reading);
            match price.output {
                0 if left > 0 => i64::MAX,
                0 => 0,
                output => {
                    i64::try_from(i128::from(left) * 1_000_000 / i128::from(output)).unwrap_or(i64::MAX)
                }
            }
        });
        Some(by_tokens.min(by_money).min(most)).filter(|left| *left >= LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tighter_limit_cuts() {
        let price = |output| Price {
            input: 1_000_000,
            cached_input: 100_000,
            output,
            currency: Some("USD".to_owned()),
        };
        // Tokens, money and price of output in millionths; used; to read; cut.
        let cases = [
            (10_000, None, (0, 0, 0), 100, Some(1_024)),
            (1_000, None, (0, 0, 0), 100, Some(900)),
            (1_000, None, (400, 0, 100), 400, Some(100)),
            (1_000, None, (400, 400, 100), 485, None),
            (1_000, None, (2_000, 0, 0), 0, None),
            (10_000, Some((1_000, 10_000_000)), (0, 0, 0), 100, Some(90)),
            (10_000, Some((1_000, 10_000_000)), (100, 0, 50), 100, Some(30)),
            (10_000, Some((1_000, 10_000_000)), (100, 100, 50), 100, Some(39)),
            (10_000, Some((1_000, 10_000_000)), (100, 0, 70), 100, None),
            (10_000, Some((1_000, 0)), (0, 0, 9_000), 100, Some(900)),
            (10_000, Some((100, 0)), (0, 0, 0), 100, None),
        ];
        for (tokens, money, (read, cached_input, output), input, expected) in cases {
            let allowance = Allowance { tokens, money: money.map(|(money, output)| (money, price(output))) };
            let used = Tokens { input: read, cached_input, output };
            assert_eq!(allowance.output(used, input, 1_024), expected, "{allowance:?} {used:?} {input}");
        }
    }
}
