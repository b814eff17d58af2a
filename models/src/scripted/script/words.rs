//! What the words of a customer are about, and in which language.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Texts of more words than this say more than thanks.
const LONGEST_THANKS: usize = 6;

/// Texts of more words than this say more than hello.
const LONGEST_GREETING: usize = 4;

/// Numbers of orders have so many digits at least.
const SHORTEST_NUMBER: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Spanish,
    Portuguese,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Person,
    Complaint,
    Thanks,
    Order,
    Menu,
    Hours,
    Delivery,
    Greeting,
    /// A question about something else.
    Question,
    Unknown,
}

/// In the order in which they are looked for. A word that ends with `*` stands for all that begin so; several words must
/// follow each other.
const TOPICS: [(Topic, &str); 7] = [
    (
        Topic::Person,
        "human*, agent, agente, operator, operador*, atendente, person, a person, una persona, uma pessoa, \
         talk to, speak to, speak with, hablar con, falar com, real person, someone real, asesor*",
    ),
    (
        Topic::Complaint,
        "complain*, reclam*, queja*, refund*, reembols*, devol*, dent, broken, burnt, stale, rot*, quebrad*, queimad*, \
         quemad*, wrong order, pedido equivocado, pedido errado, terrible, horrible, horrivel, vergonz*, pessimo, \
         pesimo, unacceptable, inaceptable, inaceitavel, not arrived, no ha llegado, no me llego, nao chegou, \
         change my order, cambiar mi pedido, alterar o pedido, umbrella",
    ),
    (
        Topic::Order,
        "order, orders, my order, pedido*, encargo*, encomenda*, parcel, paquete, where is, donde esta, onde esta",
    ),
    (
        Topic::Menu,
        "menu*, carta, cardapio*, catalog*, price*, precio*, preco*, bread*, pan, panes, pao, paes, cake*, tarta*, \
         torta*, pastel*, bolo*, sell, venden, vendeis, vendem, cuanto cuesta, quanto custa, how much",
    ),
    (
        Topic::Hours,
        "hours, horario*, horas, open, opening, close, closing, abierto*, abris, abren, abre, abrem, aberto*, cerrais, \
         cierran, cierra, fecham, fecha, hora, when do you",
    ),
    (
        Topic::Delivery,
        "deliver*, ship, shipping, envio*, enviais, envian, entreg*, domicilio, repart*, frete, bring it",
    ),
    (
        Topic::Greeting,
        "hi, hello, hey, morning, good morning, good afternoon, hola, buenas, buenos dias, oi, ola, bom dia, boa tarde, \
         boa noite",
    ),
];

const THANKS: &str = "thanks, thank you, thx, gracias, obrigad*, valeu, great, perfect*, perfeito, otimo, ok, okay, vale, \
                      combinado, genial, listo, see you";

/// Words that only one of the three languages has, or has far more often.
const ENGLISH: &str = "the, is, are, do, does, you, your, my, have, what, when, where, how, can, could, i, hi, hello, hey, \
                       morning, please, thank, thanks, great, order, orders, open, bread, cake, delivery, hours, talk, \
                       speak, person, someone, any, see, and, it, there";
const SPANISH: &str = "el, los, las, es, son, a que hora, cuando, donde, como, puedo, puede, tienen, teneis, hola, buenas, buenos, \
                       dias, por favor, gracias, perfecto, mi, hay, una, un, con, quiero, pan, tarta, envios, \
                       hablar, vale, usted, ustedes, abierto, cerrais, hasta, la, y, carta";
const PORTUGUESE: &str = "o, os, as, sao, quando, onde, posso, pode, tem, voces, voce, oi, ola, bom, boa, a que horas, dia, tarde, noite, \
                          obrigado, obrigada, otimo, combinado, nao, um, uma, com, quero, pao, bolo, entrega, falar, meu, \
                          minha, ja, para o, aceitam, cardapio, fecham, abrem, consigo, queria, encomenda, e";

/// A text with its words folded: small letters without accents.
pub(super) struct Said<'a> {
    text: &'a str,
    words: Vec<String>,
}

impl<'a> Said<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let plain: String =
            text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
        let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self { text, words: words.map(str::to_owned).collect() }
    }

    pub(super) fn text(&self) -> &str {
        self.text
    }

    /// Where the texts were as good as empty, none.
    pub(super) fn language(&self) -> Option<Language> {
        let languages =
            [(Language::English, ENGLISH), (Language::Spanish, SPANISH), (Language::Portuguese, PORTUGUESE)];
        let scored = languages.map(|(language, hints)| (self.count(hints), language));
        // The first of the best.
        let best = scored.into_iter().rev().max_by_key(|(score, _)| *score)?;
        (best.0 > 0).then_some(best.1)
    }

    pub(super) fn topic(&self) -> Topic {
        let question = self.text.contains('?');
        if !question && self.words.len() <= LONGEST_THANKS && self.has(THANKS) {
            return Topic::Thanks;
        }
        let named = TOPICS.iter().filter(|(_, words)| self.has(words)).map(|(topic, _)| *topic);
        match named.into_iter().next() {
            // Whoever says hello and more wants more.
            Some(Topic::Greeting) if self.words.len() > LONGEST_GREETING => self.rest(question),
            Some(topic) => topic,
            None => self.rest(question),
        }
    }

    fn rest(&self, question: bool) -> Topic {
        if question { Topic::Question } else { Topic::Unknown }
    }

    /// The first number that may be that of an order.
    pub(super) fn number(&self) -> Option<String> {
        let number =
            |word: &&String| word.len() >= SHORTEST_NUMBER && word.bytes().all(|c| c.is_ascii_digit());
        self.words.iter().find(number).cloned()
    }

    fn has(&self, list: &str) -> bool {
        list.split(',').any(|phrase| self.says(phrase))
    }

    fn count(&self, list: &str) -> usize {
        list.split(',').filter(|phrase| self.says(phrase)).count()
    }

    fn says(&self, phrase: &str) -> bool {
        let phrase: Vec<&str> = phrase.split_whitespace().collect();
        let matches = |(word, wanted): (&String, &&str)| match wanted.strip_suffix('*') {
            Some(beginning) => word.starts_with(beginning),
            None => word == wanted,
        };
        !phrase.is_empty()
            && self.words.windows(phrase.len()).any(|words| words.iter().zip(&phrase).all(matches))
    }
}
