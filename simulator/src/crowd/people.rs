//! Who is in the crowd and what they say.

/// Somebody with a name, a language and something on their mind.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) username: Option<&'static str>,
    /// The number without its last three digits.
    pub(super) phone_prefix: &'static str,
    /// Said in this order, over and over.
    pub(super) lines: &'static [&'static str],
    /// Said to whatever the business wrote.
    pub(super) replies: &'static [&'static str],
    /// A name, a latitude and a longitude.
    pub(super) place: (&'static str, f64, f64),
}

const SPANISH: &[&str] =
    &["Perfecto, ¡muchas gracias!", "Vale, mañana os digo 👍", "¿Y por la tarde podría ser?"];
const PORTUGUESE: &[&str] = &["Ótimo, obrigada!", "Combinado 😊", "Pode ser na sexta?"];
const ENGLISH: &[&str] = &["Great, thank you!", "OK, see you then", "Could you send me the price, please?"];
const FRENCH: &[&str] = &["Parfait, merci beaucoup !", "D’accord, à demain", "C’est possible plus tard ?"];
const GERMAN: &[&str] = &["Super, vielen Dank!", "Alles klar, bis dann", "Geht es auch am Nachmittag?"];
const ITALIAN: &[&str] = &["Perfetto, grazie mille!", "Va bene, a domani", "Quanto costa la spedizione?"];
const CATALAN: &[&str] = &["Perfecte, moltes gràcies!", "D’acord, fins demà 😊", "Podria ser a la tarda?"];

pub(super) const PEOPLE: [Person; 12] = [
    Person {
        name: "Lucía Fernández",
        username: Some("lucia.fdez"),
        phone_prefix: "34600111",
        lines: &[
            "¡Hola! ¿Tenéis cita libre esta semana?",
            "¿A qué hora cerráis los sábados?",
            "¿Puedo llevar a mi perro? Es pequeño 🐶",
        ],
        replies: SPANISH,
        place: ("Puerta del Sol", 40.4169, -3.7035),
    },
    Person {
        name: "João Gonçalves",
        username: None,
        phone_prefix: "5511987654",
        lines: &[
            "Oi, bom dia! O pedido 4021 já saiu para entrega?",
            "Consigo trocar o tamanho da camisa?",
            "Vocês entregam em Guarulhos também?",
        ],
        replies: PORTUGUESE,
        place: ("Avenida Paulista", -23.5614, -46.6559),
    },
    Person {
        name: "Emily Carter",
        username: Some("emily.c"),
        phone_prefix: "14155550",
        lines: &[
            "Hi! Is the blue one still in stock?",
            "Do you ship to Canada?",
            "My parcel came with a dent in the box, should I open it?",
        ],
        replies: ENGLISH,
        place: ("Ferry Building", 37.7955, -122.3937),
    },
    Person {
        name: "François Lefèvre",
        username: None,
        phone_prefix: "33612345",
        lines: &[
            "Bonjour, êtes-vous ouverts le lundi de Pâques ?",
            "Je voudrais réserver une table pour quatre, à 20 h.",
            "Avez-vous un menu sans gluten ?",
        ],
        replies: FRENCH,
        place: ("Place Bellecour", 45.7578, 4.8320),
    },
    Person {
        name: "Jürgen Weiß",
        username: None,
        phone_prefix: "49151234567",
        lines: &[
            "Guten Tag, wann kann ich mein Fahrrad abholen?",
            "Was kostet eine große Inspektion?",
            "Haben Sie Reifen in 28 Zoll?",
        ],
        replies: GERMAN,
        place: ("Marienplatz", 48.1374, 11.5755),
    },
    Person {
        name: "Giulia Rossi",
        username: Some("giulia_rossi"),
        phone_prefix: "39345678",
        lines: &[
            "Buongiorno, il corso di ceramica è al completo?",
            "Posso pagare alla consegna?",
            "Fate anche confezioni regalo? 🎁",
        ],
        replies: ITALIAN,
        place: ("Piazza Navona", 41.8992, 12.4731),
    },
    Person {
        name: "Núria Güell",
        username: None,
        phone_prefix: "34611222",
        lines: &[
            "Bon dia! Encara hi ha places per a dissabte?",
            "El meu fill té al·lèrgia als fruits secs, ho podeu tenir en compte?",
            "A quina hora puc passar a recollir-ho?",
        ],
        replies: CATALAN,
        place: ("Plaça de Catalunya", 41.3874, 2.1686),
    },
    Person {
        name: "María José Peña",
        username: None,
        phone_prefix: "5215512345",
        lines: &[
            "Buenas tardes, ¿hacen envíos a Puebla?",
            "No me llegó la factura del mes pasado 😕",
            "¿Me puede pasar el catálogo?",
        ],
        replies: SPANISH,
        place: ("Zócalo", 19.4326, -99.1332),
    },
    Person {
        name: "Beatriz Almeida",
        username: Some("bia.almeida"),
        phone_prefix: "351912345",
        lines: &[
            "Boa tarde, têm estacionamento?",
            "Queria alterar a minha reserva de sábado.",
            "Aceitam MB Way?",
        ],
        replies: PORTUGUESE,
        place: ("Praça do Comércio", 38.7075, -9.1364),
    },
    Person {
        name: "Siân Hughes",
        username: None,
        phone_prefix: "447700900",
        lines: &[
            "Morning! Any chance of an appointment before noon?",
            "Is there step-free access?",
            "I left an umbrella with you on Tuesday ☂️",
        ],
        replies: ENGLISH,
        place: ("Cardiff Castle", 51.4823, -3.1811),
    },
    Person {
        name: "Martín Ibáñez",
        username: None,
        phone_prefix: "5491123456",
        lines: &[
            "Hola, ¿cómo va? ¿Tienen cuotas sin interés?",
            "¿Hasta qué hora puedo retirar por el local?",
            "Che, ¿el talle L viene grande?",
        ],
        replies: SPANISH,
        place: ("Obelisco", -34.6037, -58.3816),
    },
    Person {
        name: "Zoë Müller",
        username: Some("zoe.m"),
        phone_prefix: "41791234",
        lines: &[
            "Grüezi, ist der Kurs am Donnerstag auf Deutsch?",
            "Kann ich auch in Euro bezahlen?",
            "Gibt es noch Karten für heute Abend?",
        ],
        replies: GERMAN,
        place: ("Bellevue Zürich", 47.3667, 8.5450),
    },
];
