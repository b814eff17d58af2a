//! Writes the catalogue of errors as a page: `cargo run -p providers --example errors -- es`, or `en`.

use providers::meta::catalogue::{CatalogueEntry, Fault, Language, Retry, Text, ranges, sections, text};
use std::io::Write;

const TITLE: Text = text("Errors of WhatsApp", "Errores de WhatsApp");
const OTHER_PAGE: Text =
    text("En español: [errors.es.md](errors.es.md).", "In English: [errors.md](errors.md).");
const INTRODUCTION: Text = text(
    "What Meta's error codes mean, as `Message.error` says it in the API (`title`, `explanation`, `fault`, `retryable`,\n\
     `remedy`). The argument `language` chooses the language; without it, it is that of the user who asks. A code that is\n\
     not here is shown with Meta's own words.",
    "Qué significan los códigos de error de Meta, tal como lo dice `Message.error` en la API (`title`, `explanation`,\n\
     `fault`, `retryable`, `remedy`). El argumento `language` elige el idioma; sin él, es el del usuario que pregunta. Un\n\
     código que no está aquí se muestra con las palabras de Meta, en inglés.",
);
const RETRIES: Text = text(
    "Only what Meta refused without processing it is sent again by itself. “Later” means: not before the remedy, or not\n\
     before it is known whether the message went out.",
    "Solo se reenvía de forma automática lo que Meta rechazó sin procesarlo. «Más tarde» significa: no antes de poner\n\
     remedio, o no antes de saber si el mensaje salió.",
);
const GENERATED: Text = text(
    "This page is made from the catalogue in `providers/src/meta/catalogue`; do not edit it.",
    "Esta página se genera a partir del catálogo en `providers/src/meta/catalogue`; no se edita.",
);
const COLUMNS: Text = text(
    "| code | title | what happened | up to | again? | what to do |",
    "| código | título | qué pasó | depende de | ¿reintentar? | qué hacer |",
);
const RANGES: Text = text("Ranges of codes", "Rangos de códigos");
const RANGES_NOTE: Text = text(
    "For codes in these ranges that have no line of their own above.",
    "Para los códigos de estos rangos que no tienen su propia línea arriba.",
);

fn main() -> std::io::Result<()> {
    let language = Language::of_tag(&std::env::args().nth(1).unwrap_or_default());
    std::io::stdout().write_all(page(language).as_bytes())
}

fn page(language: Language) -> String {
    let say = |text: Text| text.in_language(language);
    let mut page = format!("# {}\n", say(TITLE));
    for paragraph in [OTHER_PAGE, INTRODUCTION, RETRIES, GENERATED] {
        page += &format!("\n{}\n", say(paragraph));
    }
    for section in sections() {
        let rows = section.entries.iter().map(|entry| row(&entry.code.to_string(), entry, language));
        page += &format!("\n## {}\n\n{}", say(section.heading), table(rows, language));
    }
    let rows = ranges()
        .iter()
        .map(|(codes, entry)| row(&format!("{}–{}", codes.start(), codes.end()), entry, language));
    page += &format!("\n## {}\n\n{}\n\n{}", say(RANGES), say(RANGES_NOTE), table(rows, language));
    page
}

fn table(rows: impl Iterator<Item = String>, language: Language) -> String {
    format!("{}\n|---|---|---|---|---|---|\n{}", COLUMNS.in_language(language), rows.collect::<String>())
}

fn row(codes: &str, entry: &CatalogueEntry, language: Language) -> String {
    let cells = [entry.title, entry.explanation, whose(entry.fault), again(entry.retry), entry.remedy];
    let cells = cells.map(|cell| cell.in_language(language));
    format!("| {codes} | {} |\n", cells.join(" | "))
}

const fn whose(fault: Fault) -> Text {
    match fault {
        Fault::Us => text("the request", "la petición"),
        Fault::Meta => text("Meta", "Meta"),
        Fault::Customer => text("the customer", "el cliente"),
        Fault::Account => text("the account", "la cuenta"),
    }
}

const fn again(retry: Retry) -> Text {
    match retry {
        Retry::Safe => text("by itself", "automático"),
        Retry::Never => text("no", "no"),
        Retry::Later => text("later", "más tarde"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_pages_are_those_of_the_catalogue() {
        for (tag, file, committed) in [
            ("en", "docs/errors.md", include_str!("../../docs/errors.md")),
            ("es", "docs/errors.es.md", include_str!("../../docs/errors.es.md")),
        ] {
            assert!(
                committed == page(Language::of_tag(tag)),
                "{file} is stale: write it anew with `cargo run -p providers --example errors -- {tag} > {file}`"
            );
        }
    }

    #[test]
    fn no_cell_breaks_its_table() {
        for language in [Language::English, Language::Spanish] {
            for line in page(language).lines().filter(|line| line.starts_with('|')) {
                assert_eq!(line.matches('|').count(), 7, "{line}");
            }
        }
    }
}
