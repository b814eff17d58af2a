//! What a file is, by its content, and which files WhatsApp takes.

use FileKind::{Audio, Document, Image, Sticker, Video};
use serde::{Deserialize, Serialize};

/// How a file is shown in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileKind {
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// A film.
    Video,
    /// Anything to be opened by a program.
    Document,
    /// A picture without a frame.
    Sticker,
}

impl FileKind {
    /// The name of its member in the input.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Image => "image",
            Audio => "audio",
            Video => "video",
            Document => "document",
            Sticker => "sticker",
        }
    }

    /// As in sentences.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Image => "picture",
            Audio => "sound",
            Video => "video",
            Document => "document",
            Sticker => "sticker",
        }
    }
}

/// A type that WhatsApp takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileType {
    /// MIME type.
    pub mime: &'static str,
    /// What file names end in; the first is the usual one.
    pub extensions: &'static [&'static str],
    /// How it is shown.
    pub kind: FileKind,
    /// Bytes at most.
    pub limit: u64,
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// A sticker that does not move.
const STATIC_STICKER: u64 = 100 * KIB;
/// The largest file that WhatsApp carries, either way.
pub const LARGEST: u64 = 100 * MIB;
/// What is looked at, from the start of a file.
pub const HEAD: usize = 64 * 1024;
/// What is said of a content that tells nothing.
pub const UNKNOWN: &str = "application/octet-stream";

const DOC: &str = "application/msword";
const XLS: &str = "application/vnd.ms-excel";
const PPT: &str = "application/vnd.ms-powerpoint";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// Every type that WhatsApp takes.
pub const TYPES: [FileType; 18] = [
    FileType { mime: "image/jpeg", extensions: &["jpg", "jpeg"], kind: Image, limit: 5 * MIB },
    FileType { mime: "image/png", extensions: &["png"], kind: Image, limit: 5 * MIB },
    FileType { mime: "audio/aac", extensions: &["aac"], kind: Audio, limit: 16 * MIB },
    FileType { mime: "audio/amr", extensions: &["amr"], kind: Audio, limit: 16 * MIB },
    FileType { mime: "audio/mpeg", extensions: &["mp3"], kind: Audio, limit: 16 * MIB },
    FileType { mime: "audio/mp4", extensions: &["m4a"], kind: Audio, limit: 16 * MIB },
    FileType { mime: "audio/ogg", extensions: &["ogg"], kind: Audio, limit: 16 * MIB },
    FileType { mime: "video/mp4", extensions: &["mp4"], kind: Video, limit: 16 * MIB },
    FileType { mime: "video/3gpp", extensions: &["3gp"], kind: Video, limit: 16 * MIB },
    FileType { mime: "image/webp", extensions: &["webp"], kind: Sticker, limit: 500 * KIB },
    FileType { mime: "text/plain", extensions: &["txt"], kind: Document, limit: LARGEST },
    FileType { mime: "application/pdf", extensions: &["pdf"], kind: Document, limit: LARGEST },
    FileType { mime: DOC, extensions: &["doc"], kind: Document, limit: LARGEST },
    FileType { mime: XLS, extensions: &["xls"], kind: Document, limit: LARGEST },
    FileType { mime: PPT, extensions: &["ppt"], kind: Document, limit: LARGEST },
    FileType { mime: DOCX, extensions: &["docx"], kind: Document, limit: LARGEST },
    FileType { mime: XLSX, extensions: &["xlsx"], kind: Document, limit: LARGEST },
    FileType { mime: PPTX, extensions: &["pptx"], kind: Document, limit: LARGEST },
];

impl FileType {
    /// The type of this name, whatever parameters it has.
    #[must_use]
    pub fn of(mime: &str) -> Option<&'static Self> {
        TYPES.iter().find(|each| each.mime == essence(mime))
    }

    /// Bytes at most of a file that moves, or does not.
    #[must_use]
    pub fn limit(&self, animated: bool) -> u64 {
        if self.kind == Sticker && !animated { STATIC_STICKER } else { self.limit }
    }
}

/// What file names of one kind end in, for sentences: `jpg, jpeg, png`.
#[must_use]
pub fn extensions_of(kind: FileKind) -> String {
    let extensions = TYPES.iter().filter(|each| each.kind == kind).flat_map(|each| each.extensions);
    extensions.copied().collect::<Vec<_>>().join(", ")
}

/// A MIME type without its parameters, in lower case.
#[must_use]
pub fn essence(mime: &str) -> String {
    mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What names of files of this type end in.
#[must_use]
pub fn extension(mime: &str) -> Option<&'static str> {
    let more =
        [("image/gif", "gif"), ("image/heic", "heic"), ("application/zip", "zip"), ("audio/wav", "wav")];
    let essence = essence(mime);
    let known = FileType::of(&essence).map(|each| each.extensions[0]);
    known.or_else(|| more.into_iter().find(|(mime, _)| *mime == essence).map(|(_, extension)| extension))
}

/// Whether a browser may show it in a page of ours: it runs nothing.
#[must_use]
pub fn may_be_shown(mime: &str) -> bool {
    let essence = essence(mime);
    let known = FileType::of(&essence).is_some_and(|each| each.kind != Document);
    known || ["application/pdf", "image/gif", "audio/wav"].contains(&essence.as_str())
}

/// The type that a content shows by itself, from its first [`HEAD`] bytes. Where several types look alike, `announced`
/// (a MIME type) and then the file's `name` decide among them, and only among them.
#[must_use]
pub fn detect(head: &[u8], announced: Option<&str>, name: Option<&str>) -> Option<&'static str> {
    let said = Said::new(announced, name);
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("audio/wav"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("audio/amr"),
        [b'A', b'D', b'I', b'F', ..] => Some("audio/aac"),
        [b'I', b'D', b'3', ..] => Some("audio/mpeg"),
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Some("audio/aac"),
        // MPEG audio, layer III.
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => Some("audio/mpeg"),
        [_, _, _, _, b'f', b't', b'y', b'p', a, b, c, d, ..] => Some(iso_media([*a, *b, *c, *d], &said)),
        [b'P', b'K', 3, 4, ..] => Some(zip(head, &said)),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Some(compound(head, &said)),
        _ if find(&head[..head.len().min(1024)], b"%PDF-").is_some() => Some("application/pdf"),
        _ => text(head, &said),
    }
}

/// Whether a WebP moves: its extended header says so.
#[must_use]
pub fn is_animated_webp(head: &[u8]) -> bool {
    head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 0x02 != 0)
}

/// What others say that a file is.
struct Said {
    mime: String,
    extension: String,
}

impl Said {
    fn new(announced: Option<&str>, name: Option<&str>) -> Self {
        let extension = name.and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension);
        Self { mime: essence(announced.unwrap_or_default()), extension: extension.to_ascii_lowercase() }
    }

    /// The first of these types that the announcement or the name says.
    fn choose(&self, types: &[&'static str]) -> Option<&'static str> {
        let named = |mime: &&&'static str| {
            FileType::of(mime).is_some_and(|each| each.extensions.contains(&self.extension.as_str()))
        };
        types.iter().find(|mime| **mime == self.mime).or_else(|| types.iter().find(named)).copied()
    }
}

fn iso_media(brand: [u8; 4], said: &Said) -> &'static str {
    match &brand {
        b"M4A " | b"M4B " | b"F4A " => "audio/mp4",
        [b'3', b'g', b'2', _] => "video/3gpp2",
        [b'3', b'g', _, _] => "video/3gpp",
        b"qt  " => "video/quicktime",
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" => "image/heic",
        _ => said.choose(&["audio/mp4"]).unwrap_or("video/mp4"),
    }
}

/// Office documents are archives: the folders in them tell which.
fn zip(head: &[u8], said: &Said) -> &'static str {
    let mut names = Vec::new();
    let mut rest = head;
    while let Some(at) = find(rest, b"PK\x03\x04") {
        let entry = &rest[at..];
        let length = entry.get(26..28).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        names.push(entry.get(30..30 + length).unwrap_or_default());
        rest = &rest[at + 4..];
    }
    let has = |folder: &[u8]| names.iter().any(|name| name.starts_with(folder));
    match () {
        () if has(b"word/") => DOCX,
        () if has(b"xl/") => XLSX,
        () if has(b"ppt/") => PPTX,
        // Its folders come later than what is looked at.
        () if has(b"[Content_Types].xml") => said.choose(&[DOCX, XLSX, PPTX]).unwrap_or("application/zip"),
        () => "application/zip",
    }
}

/// The older Office documents are file systems: the names of the streams in them, in UTF-16, tell which.
fn compound(head: &[u8], said: &Said) -> &'static str {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        find(head, &name).is_some()
    };
    match () {
        () if has("WordDocument") => DOC,
        () if has("Workbook") => XLS,
        () if has("PowerPoint Document") => PPT,
        // The list of names may stand anywhere in the file.
        () => said.choose(&[DOC, XLS, PPT]).unwrap_or("application/x-ole-storage"),
    }
}

fn text(head: &[u8], said: &Said) -> Option<&'static str> {
    let controls = head.iter().any(|byte| *byte < b' ' && !b"\t\n\r\x0C".contains(byte));
    if head.is_empty() || controls {
        return None;
    }
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The last character may be cut.
        Err(error) => error.error_len().is_none(),
    };
    if whole && is_html(head) {
        return Some("text/html");
    }
    if whole || said.choose(&["text/plain"]).is_some() { Some("text/plain") } else { None }
}

fn is_html(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let starts =
        |tag: &&str| head.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()));
    ["<!doctype html", "<html", "<head", "<body", "<script", "<title", "<!--"].iter().any(starts)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(name: &str) -> Vec<u8> {
        let mut entry = b"PK\x03\x04".to_vec();
        entry.extend([0; 22]);
        entry.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        entry.extend([0, 0]);
        entry.extend(name.as_bytes());
        entry
    }

    fn utf16(text: &str) -> Vec<u8> {
        let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    }

    #[test]
    fn types_by_content() {
        let office = |folder: &str| [entry("[Content_Types].xml"), entry(folder)].concat();
        type Case<'a> = (Vec<u8>, Option<&'a str>, Option<&'a str>, Option<&'a str>);
        let cases: Vec<Case<'_>> = vec![
            (b"\xFF\xD8\xFF\xE0".to_vec(), Some("image/png"), Some("a.exe"), Some("image/jpeg")),
            (b"\x89PNG\r\n\x1A\n....".to_vec(), None, None, Some("image/png")),
            (b"GIF89a".to_vec(), None, None, Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), None, None, Some("image/webp")),
            (b"RIFF\0\0\0\0WAVE".to_vec(), None, None, Some("audio/wav")),
            (b"OggS".to_vec(), Some("audio/ogg; codecs=opus"), None, Some("audio/ogg")),
            (b"#!AMR\n".to_vec(), None, None, Some("audio/amr")),
            (b"ID3\x04".to_vec(), None, None, Some("audio/mpeg")),
            (b"\xFF\xFB\x90\x00".to_vec(), None, None, Some("audio/mpeg")),
            (b"\xFF\xF1\x50\x80".to_vec(), None, None, Some("audio/aac")),
            (b"\0\0\0\x18ftypmp42".to_vec(), None, None, Some("video/mp4")),
            (b"\0\0\0\x18ftypmp42".to_vec(), Some("audio/mp4"), None, Some("audio/mp4")),
            (b"\0\0\0\x18ftypisom".to_vec(), None, Some("song.M4A"), Some("audio/mp4")),
            (b"\0\0\0\x18ftypM4A ".to_vec(), Some("video/mp4"), None, Some("audio/mp4")),
            (b"\0\0\0\x18ftyp3gp5".to_vec(), Some("video/mp4"), None, Some("video/3gpp")),
            (b"\0\0\0\x18ftypheic".to_vec(), None, None, Some("image/heic")),
            (b"\n%PDF-1.7".to_vec(), None, None, Some("application/pdf")),
            (office("word/document.xml"), None, Some("x.pptx"), Some(DOCX)),
            (office("xl/workbook.xml"), None, None, Some(XLSX)),
            (office("ppt/presentation.xml"), None, None, Some(PPTX)),
            (office("docProps/app.xml"), None, Some("late.xlsx"), Some(XLSX)),
            (entry("evil.exe"), Some(DOCX), Some("x.docx"), Some("application/zip")),
            (utf16("WordDocument"), None, Some("x.xls"), Some(DOC)),
            (utf16("Workbook"), None, None, Some(XLS)),
            (utf16("other"), None, Some("old.PPT"), Some(PPT)),
            (utf16("other"), None, None, Some("application/x-ole-storage")),
            ("¡Hola!\n".as_bytes().to_vec(), None, None, Some("text/plain")),
            (b"\xA1Hola!".to_vec(), None, Some("latin.txt"), Some("text/plain")),
            (b"\xA1Hola!".to_vec(), Some("image/jpeg"), None, None),
            (b"  <!DOCTYPE HTML><p>".to_vec(), Some("image/jpeg"), None, Some("text/html")),
            (b"a\0b".to_vec(), Some("text/plain"), None, None),
            (Vec::new(), Some("image/png"), Some("a.png"), None),
        ];
        for (head, announced, name, expected) in cases {
            assert_eq!(detect(&head, announced, name), expected, "{:?}", String::from_utf8_lossy(&head));
        }
    }

    #[test]
    fn limits_and_names() {
        let sticker = FileType::of("image/webp").unwrap();
        assert_eq!((sticker.limit(false), sticker.limit(true)), (100 * 1024, 500 * 1024));
        assert_eq!(FileType::of("Audio/OGG; codecs=opus").unwrap().kind, Audio);
        assert_eq!(extensions_of(Image), "jpg, jpeg, png");
        assert_eq!(
            (extension("audio/mp4"), extension("image/gif"), extension("x/y")),
            (Some("m4a"), Some("gif"), None)
        );
        for (mime, shown) in [
            ("image/png", true),
            ("application/pdf", true),
            ("text/html", false),
            ("text/plain", false),
            (DOCX, false),
        ] {
            assert_eq!(may_be_shown(mime), shown, "{mime}");
        }
        assert!(is_animated_webp(b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x02"));
        assert!(!is_animated_webp(b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x10"));
    }

    proptest! {
        #[test]
        fn any_content_is_looked_at(start in prop::sample::select(vec![
            &b""[..], b"PK\x03\x04", b"\xFF", b"RIFF", b"\0\0\0\0ftyp", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"<"]),
            rest in prop::collection::vec(any::<u8>(), 0..200), name in prop::option::of(".{0,12}")) {
            let head = [start, &rest].concat();
            let first = detect(&head, None, name.as_deref());
            prop_assert_eq!(first, detect(&head, None, name.as_deref()));
            let _ = is_animated_webp(&head);
        }

        #[test]
        fn what_is_announced_makes_no_picture_of_anything(rest in prop::collection::vec(any::<u8>(), 0..64)) {
            let honest = detect(&rest, None, None);
            let claimed = detect(&rest, Some("image/jpeg"), Some("a.jpg"));
            prop_assert_eq!(honest, claimed);
        }
    }
}
