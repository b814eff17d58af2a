//! The words of seven languages that say something about the wish for a person, folded: small letters, no accents.

use std::collections::HashMap;
use std::ops::BitOr;
use std::sync::LazyLock;

/// What a word may be; several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Class(u32);

impl Class {
    /// Who is meant by nothing else than a human being on the other side.
    pub(super) const STAFF: Self = Self(1);
    /// Somebody, who may be anybody.
    pub(super) const PERSON: Self = Self(1 << 1);
    /// Somebody who is asked for by talking only.
    pub(super) const CHIEF: Self = Self(1 << 2);
    /// Where people answer.
    pub(super) const SERVICE: Self = Self(1 << 3);
    pub(super) const BOT: Self = Self(1 << 4);
    pub(super) const REAL: Self = Self(1 << 5);
    pub(super) const ARTICLE: Self = Self(1 << 6);
    pub(super) const POLITE: Self = Self(1 << 7);
    pub(super) const TALK: Self = Self(1 << 8);
    /// Stands behind its partner: "mit jemandem sprechen".
    pub(super) const TALK_LAST: Self = Self(1 << 9);
    pub(super) const WITH: Self = Self(1 << 10);
    pub(super) const CONNECT: Self = Self(1 << 11);
    /// Connects only with a word like "with" behind it.
    pub(super) const CONNECT_WITH: Self = Self(1 << 12);
    pub(super) const WANT: Self = Self(1 << 13);
    pub(super) const EXISTS: Self = Self(1 << 14);
    pub(super) const ATTEND: Self = Self(1 << 15);
    /// What anybody may do, not only a human being.
    pub(super) const HELP: Self = Self(1 << 16);
    pub(super) const NOT: Self = Self(1 << 17);
    /// Behind "not": what somebody cannot do is no refusal.
    pub(super) const ABLE: Self = Self(1 << 18);
    /// Before a verb that tells what was.
    pub(super) const PAST: Self = Self(1 << 19);
    /// Before a person who is not one of the business.
    pub(super) const OTHER_BEFORE: Self = Self(1 << 20);
    /// Behind one.
    pub(super) const OTHER_AFTER: Self = Self(1 << 21);
    /// Before a person whom the writer has already.
    pub(super) const OWN: Self = Self(1 << 22);
    pub(super) const THANKS: Self = Self(1 << 23);
    /// Behind a person of whom it is asked whether there is one.
    pub(super) const FREE: Self = Self(1 << 24);
    /// Asks or says what somebody is.
    pub(super) const BE: Self = Self(1 << 25);

    /// Whether it is one of `any`.
    pub(super) fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

impl BitOr for Class {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

const WORDS: [(Class, &str); 28] = [
    (
        Class::STAFF,
        "agent agente asesor asesora assessor assessora operador operadora humano humana human huma humain humaine \
         umano umana umain atendente representante representant representative operator conseiller conseillere operateur \
         operatore operatrice berater beraterin kundenberater kundenberaterin mitarbeiter mitarbeiterin mensch menschen \
         menschlicher menschlichen consulente ejecutivo ejecutiva advisor adviser addetto addetta ansprechpartner rep",
    ),
    (
        Class::PERSON,
        "persona person pessoa personne personal alguien alguem algu someone somebody sumone someone1 anyone anybody quelqu \
         qqn qqun jemand jemandem jemanden qualcuno qualcun",
    ),
    (
        Class::CHIEF,
        "responsable responsavel responsabile encargado encargada encarregat gerente manager supervisor supervisora chef jefe \
         jefa verantwortlichen vorgesetzten companero companera colega colleague collega kollegen kollegin \
         collegue direttore director staff vendedor vendedora venedor vendeur vendeuse verkaufer verkauferin venditore",
    ),
    (
        Class::SERVICE,
        "atencion atencio atendimento assistenza asistencia assistencia assistance service servicio servei servico support \
         soporte suporte suport supporto customer cliente client clientele clienti kundenservice kundendienst ventas sales vendas ventes vendite verkauf billing facturacion ayuda help ajuda aide hilfe aiuto support",
    ),
    (
        Class::BOT,
        "bot bots robot robots roboter robo robos chatbot maquina maquinas machine maschine macchina ordenador computer ia ki",
    ),
    (
        Class::REAL,
        "real reales reale reelle reel verdad verdade veritat vera vero vraie vrai verdadera verdadero verdadeira \
         verdadeiro echte echten echter echtem carne hueso osso ossa carn live posta humano humana umano umana huma humain \
         humaine human menschlicher menschlichen",
    ),
    (
        Class::ARTICLE,
        "a an un una uno um uma une uns ein eine einen algun alguna algum alguma any nem ner einem einer me m mich mir moi de di d con y e et i und and en in sie",
    ),
    (
        Class::POLITE,
        "please pls plz por favor porfa porfavor per favore favor si us plau sisplau s il vous plait svp stp bitte ya now agora \
         ja jetzt sofort ara adesso subito tout suite maintenant asap urgente hola hi hello hey ola oi bonjour ciao hallo \
         aqui here",
    ),
    (
        Class::TALK,
        "hablar ablar talk speak chat charlar chatear platicar falar conversar parler parle parlar parlr parlare xerrar echanger chattare schreiben \
         discuter sprechen reden verbinden chatten",
    ),
    (Class::TALK_LAST, "schreiben sprechen reden verbinden chatten"),
    (Class::WITH, "con com to with 2 pro pra a avec mit amb an al au aux para per c an"),
    (
        Class::CONNECT,
        "pasame paseme pasenme pasarme pasar pase pasa ponme pongame poneme comunicame comuniqueme comunicar comunicarme \
         transfiereme transfierame transfiera transferir transfere transferirme transfira deriva derivame deriveme \
         conectame conecteme conecta conecte connect transfer put passa passe passeu passez passi passami passatemi passare \
         passar mettez mettre metta metti mettimi transferez passer transferer transferitemi trasferitemi trasferiscimi transfereix \
         transferiu verbinde contacten contactar contacte contactadme connected conectar verbinden weiterleiten weiterleitung leiten leite posar poseu poe ponha chama chame connectez",
    ),
    (
        Class::CONNECT_WITH,
        "contacten contactar contacte contactadme connected conectar pasar pase pasa ponme pongame poneme passa passe passeu passar put mettez mettre metta metti mettimi posar poseu poe ponha \
         leiten leite weiterleiten weiterleitung",
    ),
    (
        Class::WANT,
        "quiero kiero quisiera necesito prefiero busco queremos dame deme denme want wanna need prefer get give gimme quero \
         queria preciso prefiro gostaria veux jveux voudrais souhaite besoin avoir aimerais prefere donnez donne will mochte brauche \
         gern gerne hatte gib geben gebt voglio vorrei bisogno serve preferisco datemi dammi vull voldria necessito \
         prefereixo doneu dona vuglio",
    ),
    (Class::EXISTS, "hay there tem ha il c da existe"),
    (
        Class::ATTEND,
        "atender atienda atendido atendida atendidos trucaria truques truquessin responda conteste atiendan atiende atenderme atengui atendre atenda llame llamen llamarme llameis trucar truqui truquin \
         ligue liguem ligar rappeler rappelle anrufen chiamarmi richiamarmi call help ayude ayudar ayudarme aider helfen \
         aiutarmi aiutare ajudi ajudar",
    ),
    (Class::HELP, "help ayude ayudar ayudarme aider helfen aiutarmi aiutare ajudi ajudar"),
    (Class::THANKS, "thank thanks gracias gracies merci danke grazie obrigado obrigada"),
    (
        Class::BE,
        "are is am this eres es esto sois soy ets sei bist bin sind seid etes suis est sou son sono soc",
    ),
    (
        Class::FREE,
        "disponible disponibles available disponivel disponibile verfugbar libre ahi here aqui there",
    ),
    (
        Class::NOT,
        "no not don dont nao pas nicht non ni never nunca sin sem sans senza ohne kein keine keinen",
    ),
    (Class::ABLE, "me puedo puede hay ay posso puc puis peux consigo kann posso pot pode there"),
    (Class::PAST, "ai avons deja vaig vam"),
    (Class::OWN, "my mi meu minha mon ma mein meine meinem meinen mio mia meva our nuestro"),
    (
        Class::OTHER_BEFORE,
        "estate travel cleaning raising phone insurance otra otro outra outro altra autre another every each cada error erro \
         erreur errore",
    ),
    (
        Class::OTHER_AFTER,
        "inmobiliario inmobiliaria imobiliario imobiliaria immobilier immobiliere immobiliare immobiliari viajes viagens \
         voyage viaggio viatges seguros fiscal fiscale hair resources error errors rights sized mayor mayores alergica else",
    ),
    // Near to a word above, and another word.
    (
        Class(0),
        "argent gente agenda agency urgent beraten humans humanos umane umani operate operato personas persone personen",
    ),
    (Class(0), "humains humane agents agentes operadores humanas pessoas people"),
];

/// Where a word of the staff may be misspelt, in letters.
const MISSPELT: std::ops::RangeInclusive<usize> = 5..=14;

static CLASSES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let mut classes: HashMap<&str, Class> = HashMap::new();
    for (class, words) in WORDS {
        for word in words.split_whitespace() {
            let known = classes.entry(word).or_default();
            *known = *known | class;
        }
    }
    classes
});

/// What a folded word is. Words of the staff are known with one letter wrong, missing, added or in its neighbour's place.
pub(super) fn class_of(word: &str) -> Class {
    if let Some(class) = CLASSES.get(word) {
        return *class;
    }
    if !MISSPELT.contains(&word.len()) || !word.is_ascii() {
        return Class::default();
    }
    let (_, staff) = WORDS[0];
    let mut known = staff.split_whitespace().filter(|known| MISSPELT.contains(&known.len()));
    if known.any(|known| is_near(word.as_bytes(), known.as_bytes())) {
        Class::STAFF
    } else {
        Class::default()
    }
}

/// Whether two words that begin with the same letter differ by one slip of the finger.
fn is_near(a: &[u8], b: &[u8]) -> bool {
    if a.first() != b.first() || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Less => a == &b[1..],
        std::cmp::Ordering::Greater => &a[1..] == b,
        std::cmp::Ordering::Equal => {
            a.len() < 2 || a[1..] == b[1..] || (a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger() {
        for (word, near) in [
            ("agnte", true),
            ("agnet", true),
            ("aagente", true),
            ("agemte", true),
            ("operatre", true),
            ("mitarbieter", true),
            ("atendnte", true),
            ("gente", false),
            ("agenda", false),
            ("argent", false),
            ("panadero", false),
            ("agt", false),
            ("humanidades", false),
        ] {
            assert_eq!(class_of(word).has(Class::STAFF), near, "{word}");
        }
        assert!(class_of("humano").has(Class::REAL) && class_of("humano").has(Class::STAFF));
    }
}
