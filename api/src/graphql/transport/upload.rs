//! Files with a request, by the GraphQL multipart request specification.
//!
//! <https://github.com/jaydenseric/graphql-multipart-request-spec>: the part `operations` is the request, `map` says which
//! variables the files are for, then the files come. They are written to temporary files as they arrive, so that memory does
//! not grow with them.

use super::body::{Refused, timely};
use super::request::{Malformed, Params};
use async_graphql::{Name, UploadValue, Value, Variables};
use axum::body::Body;
use indexmap::IndexMap;
use multer::{Constraints, Field, Multipart, SizeLimit};
use std::io::Seek;
use tokio::io::AsyncWriteExt;

/// Files of one request at most.
const FILES: usize = 10;
/// Bytes of the part `map` at most.
const MAP_LIMIT: u64 = 16 * 1024;
/// What the executor finds in a variable in the place of a file; behind it comes the file's number.
const PLACEHOLDER: &str = "#__graphql_file__:";

/// Files by their number.
#[derive(Default)]
pub(super) struct Files(pub(super) Vec<UploadValue>);

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} files", self.0.len())
    }
}

/// Why a multipart request cannot be read. Nothing that was sent is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadUpload {
    /// Not multipart at all.
    #[error("the body is not a well-formed multipart/form-data")]
    Form,
    /// Parts are missing, or in another order.
    #[error("the parts must be \"operations\", \"map\" and then the files that the map names, in its order")]
    Parts,
    /// The map is none.
    #[error(
        "the part \"map\" must be a JSON object that gives for each file the places of its variables, such as {{\"0\": [\"variables.file\"]}}"
    )]
    Map,
    /// A place that is not there.
    #[error(
        "each place in \"map\" must be a variable that is null in \"operations\", such as variables.file or variables.files.0"
    )]
    Place,
    /// More than [`FILES`].
    #[error("at most {FILES} files can be sent at once")]
    TooMany,
}

/// Reads a request with its files, `limit` bytes in all at most, of which `request` for the request itself.
///
/// # Errors
/// If it is not one, or too large.
pub(super) async fn read(
    content_type: &str,
    body: Body,
    request: u64,
    limit: u64,
) -> Result<Params, Refused> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| BadUpload::Form)?;
    let sizes =
        SizeLimit::new().whole_stream(limit).for_field("operations", request).for_field("map", MAP_LIMIT);
    let constraints = Constraints::new().size_limit(sizes);
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let refused = |error| refused(&error, limit);

    let operations = timely(part(&mut parts, "operations", limit).await?.bytes()).await?.map_err(refused)?;
    let mut params = Params::from_json(&operations)?;
    let map = timely(part(&mut parts, "map", limit).await?.bytes()).await?.map_err(refused)?;
    let map: IndexMap<String, Vec<String>> = serde_json::from_slice(&map).map_err(|_| BadUpload::Map)?;
    if map.len() > FILES {
        return Err(BadUpload::TooMany.into());
    }
    for (number, places) in map.values().enumerate() {
        if places.is_empty() {
            return Err(BadUpload::Map.into());
        }
        for place in places {
            *empty_place(&mut params.variables, place).ok_or(BadUpload::Place)? =
                Value::String(format!("{PLACEHOLDER}{number}"));
        }
    }
    for name in map.keys() {
        let file = part(&mut parts, name, limit).await?;
        params.files.0.push(store(file, limit).await?);
    }
    match timely(parts.next_field()).await?.map_err(refused)? {
        Some(_) => Err(BadUpload::Parts.into()),
        None => Ok(params),
    }
}

/// The next part, which must have this name.
async fn part(parts: &mut Multipart<'static>, name: &str, limit: u64) -> Result<Field<'static>, Refused> {
    let next = timely(parts.next_field()).await?.map_err(|error| refused(&error, limit))?;
    next.filter(|field| field.name() == Some(name)).ok_or_else(|| BadUpload::Parts.into())
}

async fn store(mut part: Field<'static>, limit: u64) -> Result<UploadValue, Refused> {
    let filename = part.file_name().unwrap_or_default().to_owned();
    let content_type = part.content_type().map(ToString::to_string);
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
    let mut file =
        tokio::fs::File::from_std(file.map_err(std::io::Error::other).flatten().map_err(Refused::Storage)?);
    while let Some(chunk) = timely(part.chunk()).await?.map_err(|error| refused(&error, limit))? {
        file.write_all(&chunk).await.map_err(Refused::Storage)?;
    }
    file.flush().await.map_err(Refused::Storage)?;
    let mut content = file.into_std().await;
    content.rewind().map_err(Refused::Storage)?;
    Ok(UploadValue { filename, content_type, content })
}

/// The null at a place such as `variables.files.0`.
fn empty_place<'a>(variables: &'a mut Variables, place: &str) -> Option<&'a mut Value> {
    let mut path = place.split('.');
    if path.next() != Some("variables") {
        return None;
    }
    let mut value = variables.get_mut(path.next()?)?;
    for step in path {
        value = match value {
            Value::Object(members) => members.get_mut(&Name::new(step))?,
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    (*value == Value::Null).then_some(value)
}

fn refused(error: &multer::Error, limit: u64) -> Refused {
    match error {
        multer::Error::StreamSizeExceeded { .. } => Refused::FilesTooLarge(limit),
        multer::Error::FieldSizeExceeded { .. } => Refused::TooLarge,
        multer::Error::StreamReadFailed(_)
        | multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. } => Refused::Broken,
        _ => BadUpload::Form.into(),
    }
}

impl From<BadUpload> for Refused {
    fn from(error: BadUpload) -> Self {
        Malformed::Upload(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_form_makes_it_panic(parts in prop::collection::vec(("operations|map|0|[a-z]", "[ -~]{0,60}"), 0..4), end in ".{0,20}") {
            let part = |(name, content): &(String, String)| {
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
            };
            let body = parts.iter().map(part).collect::<String>() + "--x" + &end;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let read = read("multipart/form-data; boundary=x", body.into(), 1000, 10_000);
            let _ = runtime.block_on(read);
        }
    }

    #[test]
    fn places() {
        let cases = [
            ("variables.file", true),
            ("variables.files.1", true),
            ("variables.input.file", true),
            ("variables.input.name", false),
            ("variables.files.2", false),
            ("variables.files.x", false),
            ("variables.files", false),
            ("variables.nothing", false),
            ("variables.name.x", false),
            ("variables", false),
            ("file", false),
            ("", false),
        ];
        for (place, found) in cases {
            let mut variables = Variables::from_json(json!({
                "file": null, "files": ["x", null], "input": { "file": null, "name": "x" }, "name": "x" }));
            assert_eq!(empty_place(&mut variables, place).is_some(), found, "{place}");
        }
    }
}
