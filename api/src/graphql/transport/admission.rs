//! The way of a request from what was sent to what may be executed: which document, which values, at what price.

use super::Endpoint;
use super::budget::{Charge, Empty};
use super::documents::{Document, Hash};
use super::limits;
use super::request::Params;
use super::response::{self, Code};
use super::variables;
use async_graphql::{Response, ServerError, Value, value};
use inbox::auth::Viewer;
use std::sync::Arc;

/// Apollo's clients know this message, and send the document's text then.
const NOT_FOUND: &str = "PersistedQueryNotFound";
const UNKNOWN_ID: &str = "no document with this documentId is known here: send its text as query if that is allowed, else \
                          have it added to the persisted documents";

/// Why a request is not executed.
#[derive(Debug)]
pub(super) struct Refusal {
    /// One at least.
    pub(super) errors: Vec<ServerError>,
    /// What it would have cost, if that is known.
    charge: Option<Charge>,
    /// Seconds until the same request may be sent again.
    pub(super) retry_after: Option<u64>,
}

impl From<Vec<ServerError>> for Refusal {
    fn from(errors: Vec<ServerError>) -> Self {
        Self { errors, charge: None, retry_after: None }
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        vec![error].into()
    }
}

impl From<Empty> for Refusal {
    fn from(Empty { charge, wait }: Empty) -> Self {
        let seconds = wait.as_millis().div_ceil(1000);
        let message = format!(
            "the request costs {} points and you have {} left; send it again in {seconds} s, or ask for less",
            charge.requested,
            charge.available.unwrap_or_default()
        );
        let errors = vec![response::error(message, Code::RateLimited)];
        Self { errors, charge: Some(charge), retry_after: u64::try_from(seconds).ok() }
    }
}

impl Refusal {
    /// As it is answered.
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::from_errors(self.errors);
        if let Some(charge) = self.charge {
            charge.tell(&mut response);
        }
        response::finish(&mut response);
        response
    }
}

impl Charge {
    /// Adds it to an answer, as `extensions.cost`.
    pub(super) fn tell(&self, response: &mut Response) {
        let number = |number: Option<u64>| number.map_or(Value::Null, Value::from);
        let (available, restore) = (number(self.available), number(self.restore));
        let cost = value!({ "requested": (self.requested), "available": available, "restoreRate": restore });
        response.extensions.insert("cost".to_owned(), cost);
    }
}

impl Endpoint {
    /// The document that a request gives or names.
    ///
    /// # Errors
    /// If there is none, it is not one of those that are let in, or it is not valid.
    pub(super) fn document(&self, params: &Params) -> Result<Arc<Document>, Refusal> {
        let refused = |message: &str| Refusal::from(response::error(message, Code::BadUserInput));
        let Some(text) = &params.query else {
            let (id, unknown) = match (&params.document_id, params.automatic_hash()) {
                (Some(id), _) => (id.as_str(), UNKNOWN_ID),
                (None, hash) => (hash.unwrap_or_default(), NOT_FOUND),
            };
            return self.by_id(id).ok_or_else(|| refused(unknown));
        };
        let hash = Hash::of(text);
        let named =
            params.automatic_hash().or_else(|| params.document_id.as_deref()?.strip_prefix("sha256:"));
        if named.is_some_and(|named| Hash::parse(named) != Some(hash)) {
            return Err(refused("the hash is not the SHA-256 of the document that came with it"));
        }
        match self.manifest.by_hash(&hash) {
            Some(document) => Ok(document),
            None if self.only_manifest => Err(refused(
                "only documents that the operator has listed are executed here: send the documentId of one, or have \
                 this one added to the persisted documents",
            )),
            None => Ok(self.documents.get(text, hash, &self.validator)?),
        }
    }

    fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        self.manifest.by_id(id).or_else(|| {
            let hash =
                Hash::parse(id.strip_prefix("sha256:").unwrap_or(id)).filter(|_| !self.only_manifest)?;
            self.documents.find(&hash)
        })
    }

    /// Replaces the variables by coerced ones, and charges the caller.
    ///
    /// # Errors
    /// If there is no such operation, a variable is wrong, it costs more than a request may, or more than the caller
    /// has left.
    pub(super) fn admit(
        &self,
        document: &Document,
        params: &mut Params,
        viewer: Option<&Viewer>,
    ) -> Result<Charge, Refusal> {
        let plan = document.plan(params.operation_name.as_deref()).ok_or_else(|| {
            let message = match params.operation_name {
                Some(_) => "the document has no operation of the given operationName",
                None => "the document has several operations: say which as operationName",
            };
            Refusal::from(response::error(message, Code::BadUserInput))
        })?;
        let given = std::mem::take(&mut params.variables);
        params.variables = variables::coerce(&self.validator, &plan.variables, given)?;
        let points = plan.cost.points(&params.variables);
        let limit = if viewer.is_some() { limits::COST } else { limits::ANONYMOUS_COST };
        if points > limit {
            let message = format!(
                "the operation costs {points} points, and {limit} is the most for one request{}; ask for smaller pages or \
                 fewer fields",
                if viewer.is_some() { "" } else { " without a token" }
            );
            return Err(response::error(message, Code::CostLimitExceeded).into());
        }
        Ok(self.budgets.take(viewer, points, self.clock.now())?)
    }
}
