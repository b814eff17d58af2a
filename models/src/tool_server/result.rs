//! What a tool gave, as a text for the model.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};

/// Longest result, in bytes.
const MAX_RESULT: usize = 8 * 1024;

/// Stands at the end of a result that was cut.
const CUT: &str = "\n[cut: the result was longer]";

/// All blocks, each on lines of its own.
pub(super) fn written(result: &CallToolResult) -> String {
    let mut text = String::new();
    for block in &result.content {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&block_text(block));
        if text.len() > MAX_RESULT {
            break;
        }
    }
    // Servers that give structure should give it as a text too; some do not.
    match &result.structured_content {
        Some(structure) if result.content.is_empty() => text = structure.to_string(),
        _ => (),
    }
    cut(text)
}

fn block_text(block: &ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => format!("[an image that is not shown: {}]", image.mime_type),
        ContentBlock::Audio(audio) => format!("[a recording that is not shown: {}]", audio.mime_type),
        ContentBlock::Resource(resource) => match &resource.resource {
            ResourceContents::TextResourceContents { mime_type, .. }
            | ResourceContents::BlobResourceContents { mime_type, .. } => {
                format!("[a file that is not shown: {}]", mime_type.as_deref().unwrap_or("of unknown type"))
            }
            _ => "[a file that is not shown]".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("[a link that is not shown: {}]", link.name),
        _ => "[something that is not shown]".to_owned(),
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_RESULT {
        text.truncate(text.floor_char_boundary(MAX_RESULT - CUT.len()));
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn result(value: Value) -> String {
        written(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn what_is_no_text_is_named() {
        let content = json!([
            { "type": "text", "text": "Two pictures:" },
            { "type": "image", "data": "aGFsbG8=", "mimeType": "image/png" },
            { "type": "audio", "data": "aGFsbG8=", "mimeType": "audio/ogg" },
            { "type": "resource", "resource": { "uri": "file:///a", "mimeType": "text/plain", "text": "secret" } },
            { "type": "resource", "resource": { "uri": "file:///b", "blob": "aGFsbG8=" } },
            { "type": "resource_link", "uri": "https://example.com/x", "name": "the menu" }
        ]);
        let expected = "Two pictures:\n[an image that is not shown: image/png]\n\
            [a recording that is not shown: audio/ogg]\n[a file that is not shown: text/plain]\n\
            [a file that is not shown: of unknown type]\n[a link that is not shown: the menu]";
        assert_eq!(result(json!({ "content": content })), expected);
    }

    #[test]
    fn structure_counts_where_there_is_no_text() {
        let structure = json!({ "open": true });
        assert_eq!(result(json!({ "content": [], "structuredContent": structure })), "{\"open\":true}");
        let both = json!({ "content": [{ "type": "text", "text": "Open" }], "structuredContent": structure });
        assert_eq!(result(both), "Open");
    }

    #[test]
    fn long_results_are_cut_and_marked() {
        let long = "ñ".repeat(MAX_RESULT / 2);
        assert_eq!(result(json!({ "content": [{ "type": "text", "text": long }] })), long);
        let longer = format!("{long}a");
        let read = result(json!({ "content": [{ "type": "text", "text": longer }] }));
        assert!(read.len() <= MAX_RESULT && read.ends_with(CUT) && read.starts_with("ññ"));
    }

    proptest! {
        #[test]
        fn never_longer(parts in prop::collection::vec((any::<char>(), 0_usize..4_000), 0..9)) {
            let texts: Vec<String> =
                parts.into_iter().map(|(c, times)| c.to_string().repeat(times)).collect();
            let blocks: Vec<Value> = texts.iter().map(|text| json!({ "type": "text", "text": text })).collect();
            let read = result(json!({ "content": blocks }));
            let whole = texts.join("\n");
            if whole.len() <= MAX_RESULT {
                // An empty block before all others leaves no line.
                prop_assert_eq!(read.trim_start(), whole.trim_start());
            } else {
                prop_assert!(read.len() <= MAX_RESULT && read.ends_with(CUT));
            }
        }
    }
}
