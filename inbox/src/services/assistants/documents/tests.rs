//! Documents on both stores: what is found of them, and by whom.

use super::*;
use crate::services::assistants::{AssistantInput, assistant_create, assistant_delete};
use crate::testing::{Shop, for_each_store};
use entities::{AssistantProvider, AuditSubjectKind, audit_entry};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// A question, and words of the passage that answers it.
const QUESTIONS: &[(&str, &str)] = &[
    ("¿Cuánto cuesta el envío a Canarias?", "doce euros"),
    ("plazo para devoluciones", "Devoluciones"),
    ("ENVIOS A LAS ISLAS BALEARES", "Baleares"),
    ("¿puedo ir con mi perro?", "perros"),
    ("horario sabado", "sábados"),
    ("do you have gluten free bread", "gluten-free"),
    ("opening hours on Sundays", "Sunday"),
    ("can I pay by credit card?", "cards"),
    ("wheelchair accessible entrance", "wheelchair"),
    ("vocês aceitam encomendas de bolos?", "Encomendas"),
    ("qual é o prazo de entrega", "entrega"),
    ("estacionamento perto da loja", "estacionamento"),
    ("les allergènes dans les gâteaux", "allergènes"),
    ("où se garer", "garer"),
    ("est-ce que la boutique est ouverte à Noël", "Noël"),
    ("Öffnungszeiten am Samstag", "Samstags"),
    ("Rückgabe von Gutscheinen", "Gutschein"),
    ("Parkplätze in der Straße", "Parkplätze"),
    ("pedido 4021", "4021"),
];

/// One passage each: a text is longer than half a passage only by what says nothing.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "Envíos",
        &[
            "Enviamos a toda la península en dos días. El envío es gratuito desde 40 euros; si no, cuesta cuatro.",
            "A Canarias el envío cuesta doce euros y tarda una semana.",
            "A Baleares enviamos en barco, los martes y los jueves.",
        ],
    ),
    (
        "La tienda",
        &[
            "El horario: de martes a viernes de 7:30 a 20:00, los sábados hasta las 14:00.",
            "Los perros pueden entrar si van atados.",
            "Devoluciones: catorce días, con el recibo. Su plazo empieza con la entrega.",
            "Referencia 4021: tarta de queso grande.",
        ],
    ),
    (
        "Our shop",
        &[
            "We open from Tuesday to Saturday at half past seven, and on Sunday until two. Opening hours change in August.",
            "Gluten-free bread is baked on Thursdays, in an oven of its own: gluten-free orders are taken until Tuesday.",
            "You can pay in cash, by phone, and with all cards, debit and credit.",
            "The entrance has a ramp; a wheelchair fits through every door.",
        ],
    ),
    (
        "A loja",
        &[
            "Encomendas de bolos: com três dias de antecedência.",
            "O prazo de entrega em Lisboa é de um dia; a entrega custa três euros.",
            "Há estacionamento gratuito na praça, perto da loja.",
        ],
    ),
    (
        "Boutique",
        &[
            "Tous les allergènes sont indiqués sur nos gâteaux.",
            "On peut se garer devant l'église; place payante.",
            "La boutique est fermée à Noël et au jour de l'an.",
        ],
    ),
    (
        "Laden",
        &[
            "Samstags gelten kürzere Öffnungszeiten: von 8 bis 13 Uhr.",
            "Ein Gutschein gilt drei Jahre; eine Rückgabe ist nicht möglich.",
            "Parkplätze gibt es in der Hauptstraße, hinter dem Rathaus.",
        ],
    ),
];

async fn assistant(app: &App, admin: &Viewer, name: &str) -> AssistantId {
    let input = AssistantInput {
        name: Some(name.to_owned()),
        provider: Some(AssistantProvider::Scripted),
        ..AssistantInput::default()
    };
    assistant_create(app, admin, input).await.unwrap().id
}

fn document(assistant: AssistantId, title: &str, text: &str) -> DocumentCreate {
    DocumentCreate { assistant, title: title.to_owned(), text: text.to_owned(), source_url: None }
}

async fn found(app: &App, assistant: AssistantId, query: &str) -> Vec<String> {
    let found = search(app.db.read(), assistant, query, 5).await.unwrap();
    found.into_iter().map(|passage| passage.text.trim().to_owned()).collect()
}

async fn rows_of_words(app: &App) -> u64 {
    let count = "SELECT count(*) AS count FROM assistant_passage_words";
    let row = app.db.read().query_one_raw(sea_orm::Statement::from_string(app.db.backend(), count)).await;
    row.unwrap().unwrap().try_get::<i64>("", "count").unwrap().try_into().unwrap()
}

fn admin(shop: &Shop) -> Viewer {
    shop.agent(&[Permission::Administer])
}

/// A paragraph that fills a passage, so that the next begins another. It says nothing.
fn filled(text: &str) -> String {
    let filling = "— — ".repeat((passages::MAX_PASSAGE - text.chars().count()) / 4 - 2);
    format!("{text} {filling}")
}

#[tokio::test]
async fn both_stores_find_the_same_passage_first() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let bot = assistant(&app, &admin(&shop), "Bot").await;
        for (title, texts) in TEXTS {
            let text = texts.iter().map(|text| filled(text)).collect::<Vec<_>>().join("\n\n");
            assistant_document_create(&app, &admin(&shop), document(bot, title, &text)).await.unwrap();
        }
        let passages = assistant_passage::Entity::find().count(app.db.read()).await.unwrap();
        assert_eq!(passages, TEXTS.iter().map(|(_, texts)| texts.len() as u64).sum::<u64>());
        for (question, expected) in QUESTIONS {
            let found = found(&app, bot, question).await;
            assert!(found.first().is_some_and(|first| first.contains(expected)), "{question}: {found:#?}");
        }
        assert_eq!(found(&app, bot, "xyzzy").await, [""; 0]);
        assert!(found(&app, bot, "entrega envío tienda shop boutique loja").await.len() == 5);
    })
    .await;
}

#[tokio::test]
async fn an_assistant_finds_its_own_documents_only_as_they_are_now() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = admin(&shop);
        let (mine, other) = (assistant(&app, &admin, "Mine").await, assistant(&app, &admin, "Other").await);
        let secret = format!("Clave secreta del almacén {} 1234", other.0.simple());
        let row = assistant_document_create(&app, &admin, document(other, "Almacén", &secret)).await.unwrap();
        let own = format!("Mi almacén está en {}", crate::domain::search_words::mark(other.0));
        assistant_document_create(&app, &admin, document(mine, "Lugar", &own)).await.unwrap();
        assert_eq!(found(&app, other, "clave").await, [secret.as_str()]);
        for query in ["clave secreta almacén 1234", &crate::domain::search_words::mark(other.0), &secret] {
            assert!(found(&app, mine, query).await.iter().all(|text| !text.contains("Clave")), "{query}");
        }
        // Whoever writes another's mark into a document is not found there either.
        assert_eq!(found(&app, other, "almacén").await.len(), 1);

        let change =
            DocumentUpdate { text: Some("Ya no hay llave.".to_owned()), ..DocumentUpdate::default() };
        let changed = assistant_document_update(&app, &admin, row.id, change).await.unwrap();
        assert_eq!(found(&app, other, "clave").await, [""; 0]);
        assert_eq!(found(&app, other, "llave").await, ["Ya no hay llave."]);
        assert_ne!(changed.text_hash, row.text_hash);
        let title = DocumentUpdate { title: Some("Bodega".to_owned()), ..DocumentUpdate::default() };
        assistant_document_update(&app, &admin, row.id, title).await.unwrap();
        assert_eq!(found(&app, other, "almacén").await, [""; 0], "the title is another");
        assert_eq!(found(&app, other, "bodega").await, ["Ya no hay llave."]);

        assert_eq!(rows_of_words(&app).await, 2);
        assistant_document_delete(&app, &admin, row.id).await.unwrap();
        assert_eq!((found(&app, other, "llave").await, rows_of_words(&app).await), (vec![], 1));
        let again = assistant_document_delete(&app, &admin, row.id).await;
        assert!(
            matches!(again, Err(Error::Refused(refusal)) if refusal.code == RefusalCode::DocumentNotFound)
        );
        assistant_delete(&app, &admin, mine).await.unwrap();
        assert_eq!(rows_of_words(&app).await, 0);
        let documents = assistant_document::Entity::find().count(app.db.read()).await.unwrap();
        assert_eq!(documents, 0, "they go with the assistant");

        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::SubjectKind.eq(AuditSubjectKind::AssistantDocument))
            .filter(audit_entry::Column::SubjectId.eq(row.id.0))
            .all(app.db.read())
            .await
            .unwrap();
        let told: Vec<_> = entries.iter().map(|entry| (entry.action, AuditChange::list_of(entry))).collect();
        let shown = |before: Option<&str>, after: Option<&str>| {
            AuditChange::shown("title", before.map(str::to_owned), after.map(str::to_owned))
        };
        assert_eq!(
            told,
            [
                (AuditAction::AssistantDocumentCreated, vec![shown(None, Some("Almacén"))]),
                (AuditAction::AssistantDocumentUpdated, vec![AuditChange::hidden("text")]),
                (AuditAction::AssistantDocumentUpdated, vec![shown(Some("Almacén"), Some("Bodega"))]),
                (AuditAction::AssistantDocumentDeleted, vec![shown(Some("Bodega"), None)]),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = admin(&shop);
        let bot = assistant(&app, &admin, "Bot").await;
        let with = |change: fn(&mut DocumentCreate)| {
            let mut input = document(bot, "Title", "Some words");
            change(&mut input);
            input
        };
        for (input, code) in [
            (with(|input| input.title = " ".to_owned()), RefusalCode::TitleInvalid),
            (with(|input| input.title = "two\nlines".to_owned()), RefusalCode::TitleInvalid),
            (with(|input| input.title = "a".repeat(MAX_TITLE + 1)), RefusalCode::TitleInvalid),
            (with(|input| input.text = "%PDF\u{0}".to_owned()), RefusalCode::TextInvalid),
            (with(|input| input.text = "a".repeat(passages::MAX_TEXT + 1)), RefusalCode::TextInvalid),
            (with(|input| input.source_url = Some("shop".to_owned())), RefusalCode::SourceUrlInvalid),
            (with(|input| input.source_url = Some("file:///etc".to_owned())), RefusalCode::SourceUrlInvalid),
            (
                with(|input| input.source_url = Some("https://a:b@c".to_owned())),
                RefusalCode::SourceUrlInvalid,
            ),
        ] {
            let refused = assistant_document_create(&app, &admin, input).await;
            assert!(matches!(&refused, Err(Error::Refused(refusal)) if refusal.code == code), "{refused:?}");
        }
        let agent = shop.agent(&[Permission::Edit, Permission::ReadAll]);
        let refused = assistant_document_create(&app, &agent, document(bot, "Title", "Text")).await;
        assert!(matches!(refused, Err(Error::Forbidden(Permission::Administer))));
        let nobody = assistant_document_create(&app, &admin, document(app.ids.next(), "Title", "Text")).await;
        assert!(matches!(nobody, Err(Error::NotFound("assistant"))));

        for number in 0..MAX_DOCUMENTS {
            let input = document(bot, &number.to_string(), "Text");
            assistant_document_create(&app, &admin, input).await.unwrap();
        }
        let full = assistant_document_create(&app, &admin, document(bot, "One more", "Text")).await;
        assert!(
            matches!(full, Err(Error::Refused(refusal)) if refusal.code == RefusalCode::TooManyDocuments)
        );
    })
    .await;
}

/// What would mean something in one of the two grammars if it got there.
const HOSTILE: &[&str] = &[
    "\"",
    "'",
    "''",
    "\\",
    "*",
    ":*",
    "perros*",
    "-perros",
    "NOT perros",
    "perros OR OR",
    "AND",
    "NEAR(perros, 2)",
    "words:perros",
    "passage_id:perros",
    "{words} : perros",
    "^perros",
    "perros + gatos",
    "(((",
    ")",
    "&",
    "| !",
    "!!perros",
    "perros <-> gatos",
    "'perros':*A",
    "perros\u{0}gatos",
    "'; DROP TABLE assistant_passage_words; --",
    "·",
    "\u{feff}",
    "$1",
    "?",
    "%",
    "𝒫𝑒𝓇𝓇𝑜𝓈",
    "ﷺ",
    "e\u{301}\u{301}\u{301}",
    "😕",
    "１２３",
    "\"perros\" AND \"",
    "perros\" OR \"a",
];

#[tokio::test]
async fn no_query_means_anything_to_a_store() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = admin(&shop);
        let (mine, other) = (assistant(&app, &admin, "Mine").await, assistant(&app, &admin, "Other").await);
        assistant_document_create(&app, &admin, document(mine, "A", "Los perros pueden entrar"))
            .await
            .unwrap();
        assistant_document_create(&app, &admin, document(other, "B", "Los gatos no")).await.unwrap();
        let mut runner = TestRunner::deterministic();
        let pieces = proptest::collection::vec(
            proptest::prop_oneof![
                proptest::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
                "(?s).{0,6}",
                "[a-z\"'*:&|!()<> -]{0,8}",
            ],
            0..6,
        );
        let mut queries: Vec<String> = HOSTILE.iter().map(|query| (*query).to_owned()).collect();
        for _ in 0..300 {
            queries.push(pieces.new_tree(&mut runner).unwrap().current().join(" "));
        }
        for query in queries {
            let found = found(&app, mine, &query).await;
            assert!(found.iter().all(|text| text == "Los perros pueden entrar"), "{query:?}: {found:?}");
            // A query that holds the word as a word finds it, whatever stands around it.
            let around = format!("{query} perros {query}");
            let few = words(&query).count() <= 7;
            assert!(
                !few || super::search(app.db.read(), mine, &around, 5).await.unwrap().len() == 1,
                "{around:?}"
            );
        }
        assert_eq!(rows_of_words(&app).await, 2);
    })
    .await;
}
