use super::*;
use proptest::prelude::*;
use std::io::Write;

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn the_defaults_are_valid() {
    let config = Config::with([]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.app.database.url, "sqlite://recado.db");
    assert_eq!(config.app.bus, BusConfig::Local);
    assert_eq!(config.roles, Roles { api: true, worker: true, scheduler: true });
    assert!(config.app.whatsapp.verifies_signatures());
    assert!(config.app.secret_keys.is_empty());
    assert_eq!(config.app.revoked_messages, RevokedMessages::Hide);
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = file("listen = \"127.0.0.1:1\"\ngraph_version = \"v1.0\"\ngraphiql = false\n");
    let variables = environment(&[("RECADO_LISTEN", "127.0.0.1:2"), ("RECADO_GRAPH_VERSION", "")]);
    let config = Config::load(Some(file.path()), variables).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.app.whatsapp.graph_version, "v1.0", "an empty variable is one that is not set");
    assert!(!config.graphiql);
    assert!(config.graphql.introspection);
}

#[test]
fn every_setting_has_a_sentence() {
    let lines: Vec<&str> = include_str!("../../config.default.toml").lines().collect();
    for pair in lines.windows(2) {
        assert!(!pair[1].contains(" = ") || pair[0].starts_with("# "), "no comment before {}", pair[1]);
    }
}

#[test]
fn a_bad_value_is_named_by_its_variable() {
    let cases = [
        (
            "RECADO_LISTEN",
            "8080",
            "RECADO_LISTEN is \"8080\", but must be an address and a port such as 127.0.0.1:8080",
        ),
        ("RECADO_PUBLIC_URL", "ftp://x", "RECADO_PUBLIC_URL is \"ftp://x\", but must be an http(s) address"),
        ("RECADO_ROLES", "api,cook", "RECADO_ROLES is \"api,cook\", but must be a comma-separated choice"),
        (
            "RECADO_DATABASE_URL",
            "mysql://me:hush@db/x",
            "RECADO_DATABASE_URL is \"mysql://…@db/x\", but must be an address",
        ),
        (
            "RECADO_BUS",
            "postgres",
            "RECADO_BUS is \"postgres\", but must be local, postgres (with a PostgreSQL database)",
        ),
        ("RECADO_REVOKED_MESSAGES", "some", "RECADO_REVOKED_MESSAGES is \"some\", but must be hide or show"),
        ("RECADO_GRAPHIQL", "perhaps", "RECADO_GRAPHIQL is \"perhaps\", but must be true or false"),
        ("RECADO_GRAPH_VERSION", "24", "RECADO_GRAPH_VERSION is \"24\", but must be a version such as v24.0"),
        ("RECADO_LOG", "info,=", "RECADO_LOG is \"info,=\", but must be a level"),
        (
            "RECADO_WHATSAPP_PHONE_NUMBER_ID",
            "+55 11",
            "RECADO_WHATSAPP_PHONE_NUMBER_ID is \"+55 11\", but must be one of Meta's ids",
        ),
        ("RECADO_CORS_ORIGINS", "example.com", "RECADO_CORS_ORIGINS is \"example.com\", but must be * or"),
        (
            "RECADO_GRAPHQL_BUDGET",
            "29999",
            "RECADO_GRAPHQL_BUDGET is \"29999\", but must be a whole number of points, 30000 (the dearest request) or",
        ),
        (
            "RECADO_GRAPHQL_BUDGET_RESTORE",
            "0",
            "RECADO_GRAPHQL_BUDGET_RESTORE is \"0\", but must be a whole number of points a second, 1 or more",
        ),
        (
            "RECADO_PERSISTED_DOCUMENTS_ONLY",
            "x",
            "RECADO_PERSISTED_DOCUMENTS_ONLY is \"x\", but must be true or",
        ),
        (
            "RECADO_IDENTITY_JWKS_URL",
            "http://id.example.com/keys",
            "RECADO_IDENTITY_JWKS_URL is \"http://id.example.com/keys\", but must be an https address",
        ),
        ("RECADO_ADMIN_EMAIL", "admin", "RECADO_ADMIN_EMAIL is \"admin\", but must be an e-mail address"),
    ];
    for (name, value, message) in cases {
        let error = Config::load(None, environment(&[(name, value)])).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn an_identity_provider_needs_its_name_and_ours() {
    let keys = ("identity_jwks_url", "https://id.example.com/keys");
    let (issuer, audience) = (("identity_issuer", "https://id.example.com"), ("identity_audience", "recado"));
    assert_eq!(Config::with([issuer, audience]).unwrap().app.identity, None, "nothing to verify with");
    let refused = |values: &[(&str, &str)]| Config::with(values.iter().copied()).unwrap_err().to_string();
    assert!(refused(&[keys, audience]).starts_with("identity_issuer is \"\", but must be what"));
    assert!(refused(&[keys, issuer]).starts_with("identity_audience is \"\", but must be what"));
    let ours = refused(&[keys, ("identity_issuer", "recado"), audience]);
    assert!(
        ours.starts_with("RECADO_IDENTITY_ISSUER is \"recado\", but must be"),
        "our own tokens' name: {ours}"
    );
    let identity = Config::with([keys, issuer, audience]).unwrap().app.identity.unwrap();
    assert_eq!((identity.issuer.as_str(), identity.audience.as_str()), (issuer.1, audience.1));
    assert_eq!(identity.default_role, None);
}

#[test]
fn a_bad_secret_is_named_and_not_shown() {
    let error = Config::load(None, environment(&[("RECADO_SECRET_KEY", "hush")])).unwrap_err().to_string();
    assert!(error.starts_with("RECADO_SECRET_KEY must be 32 bytes in base64"), "{error}");
    assert!(!error.contains("hush"));
}

#[test]
fn what_the_file_misspells_is_refused_and_what_the_environment_does_is_reported() {
    let file = file("listne = \"127.0.0.1:1\"\n");
    let error = Config::load(Some(file.path()), []).unwrap_err().to_string();
    assert!(error.starts_with("there is no setting listne in "), "{error}");
    let config = Config::load(None, environment(&[("RECADO_LISTNE", "x"), ("OTHER", "y")])).unwrap();
    assert_eq!(config.warnings, ["RECADO_LISTNE is not a setting and has no effect"]);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let error = Config::load(Some(Path::new("/nowhere/recado.toml")), []).unwrap_err().to_string();
    assert!(error.contains("/nowhere/recado.toml"), "{error}");
}

#[test]
fn the_bus_follows_the_database() {
    let url = "postgres://user:password@host/name";
    let bus = |bus| Config::with([("database_url", url), ("bus", bus)]).unwrap().app.bus;
    assert_eq!(bus(""), BusConfig::Postgres(url.to_owned()));
    assert_eq!(bus("postgres"), BusConfig::Postgres(url.to_owned()));
    assert_eq!(bus("local"), BusConfig::Local);
    assert_eq!(bus("nats://host:4222"), BusConfig::Nats("nats://host:4222".to_owned()));
}

#[test]
fn several_keys_are_kept_in_order() {
    let keys =
        ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="];
    let config = Config::with([("secret_key", keys.join(", ").as_str())]).unwrap();
    let first_bytes: Vec<u8> = config.app.secret_keys.iter().map(|key| key.0[0]).collect();
    assert_eq!(first_bytes, [0, 1]);
}

#[test]
fn a_key_file_is_made_once_beside_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/recado.db", directory.path().display());
    let key = || {
        let mut config = Config::with([("database_url", url.as_str())]).unwrap();
        config.ensure_secret_key().unwrap();
        config.app.secret_keys[0].0
    };
    assert_eq!(key(), key());
    let mode = std::fs::metadata(directory.path().join("recado.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_broken_key_file_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("recado.key"), "broken").unwrap();
    let url = format!("sqlite://{}/recado.db", directory.path().display());
    let mut config = Config::with([("database_url", url.as_str())]).unwrap();
    let error = config.ensure_secret_key().unwrap_err().to_string();
    assert!(error.contains("restore it from a backup"), "{error}");
    assert_eq!(std::fs::read_to_string(directory.path().join("recado.key")).unwrap(), "broken");
}

#[test]
fn postgres_needs_a_key() {
    let mut config = Config::with([("database_url", "postgres://host/name")]).unwrap();
    assert!(config.ensure_secret_key().unwrap_err().to_string().starts_with("RECADO_SECRET_KEY is not set"));
}

proptest! {
    #[test]
    fn no_value_makes_it_panic(value in ".*", index in 0_usize..24) {
        let names = ["listen", "public_url", "database_url", "bus", "secret_key", "roles", "log", "graphiql",
            "introspection", "cors_origins", "admin_email", "graph_url", "graph_version", "whatsapp_app_id",
            "whatsapp_verify_signature", "admin_password", "graphql_budget", "graphql_budget_restore",
            "persisted_documents", "persisted_documents_only", "identity_jwks_url", "identity_issuer",
            "identity_audience", "identity_default_role"];
        let _ = Config::with([(names[index], value.as_str())]);
    }
}
