//! Reading a request body with Meta's complaints about what is wrong in it.

use serde_json::{Map, Value};

use super::GraphError;

/// An object inside a request, with the name under which Meta complains about it.
#[derive(Clone, Copy)]
pub(crate) struct Params<'a> {
    name: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Params<'a> {
    /// The object under a key; 131008 if it is not there.
    pub(crate) fn object(parent: &'a Value, name: &'a str) -> Result<Self, GraphError> {
        match parent.get(name) {
            Some(Value::Object(map)) => Ok(Self { name, map }),
            Some(_) => Err(GraphError::parameter(format!("Param {name} must be a JSON object."))),
            None => Err(GraphError::missing(format!("Parameter '{name}' is required."))),
        }
    }

    /// An item of a list.
    pub(crate) fn item(value: &'a Value, name: &'a str) -> Result<Self, GraphError> {
        let map = value.as_object();
        map.map(|map| Self { name, map })
            .ok_or_else(|| GraphError::parameter(format!("Param {name} must be a JSON object.")))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    /// Refuses keys that Meta does not know.
    pub(crate) fn only(&self, keys: &[&str]) -> Result<(), GraphError> {
        match self.map.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => {
                Err(GraphError::parameter(format!("Unexpected key \"{key}\" on param \"{}\".", self.name)))
            }
            None => Ok(()),
        }
    }

    /// A text that must be there, with at most `max` characters.
    pub(crate) fn text(&self, key: &str, max: usize) -> Result<&'a str, GraphError> {
        let text = self.optional_text(key, max)?;
        let text =
            text.ok_or_else(|| GraphError::missing(format!("Parameter {} is required.", self.of(key))))?;
        if text.trim().is_empty() {
            return Err(GraphError::parameter(format!("Param {} must be a non-empty string.", self.of(key))));
        }
        Ok(text)
    }

    /// A text that may be missing, with at most `max` characters.
    pub(crate) fn optional_text(&self, key: &str, max: usize) -> Result<Option<&'a str>, GraphError> {
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= max => Ok(Some(text)),
            Some(Value::String(_)) => Err(GraphError::parameter(format!(
                "Param {} must be at most {max} characters long.",
                self.of(key)
            ))),
            Some(_) => Err(GraphError::parameter(format!("Param {} must be a string.", self.of(key)))),
        }
    }

    /// A list that must be there, of a length in the range.
    pub(crate) fn list(&self, key: &str, min: usize, max: usize) -> Result<&'a [Value], GraphError> {
        let list = self.map.get(key).and_then(Value::as_array);
        let list =
            list.ok_or_else(|| GraphError::missing(format!("Parameter {} is required.", self.of(key))))?;
        if (min..=max).contains(&list.len()) {
            return Ok(list);
        }
        Err(GraphError::value(format!(
            "Param {} must have {min} to {max} items, not {}.",
            self.of(key),
            list.len()
        )))
    }

    /// A number, written as a number or as a string.
    pub(crate) fn number(&self, key: &str) -> Result<f64, GraphError> {
        let value = self.map.get(key);
        let value =
            value.ok_or_else(|| GraphError::missing(format!("Parameter {} is required.", self.of(key))))?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        number.ok_or_else(|| GraphError::parameter(format!("Param {} must be a number.", self.of(key))))
    }

    /// How Meta names a key of this object.
    fn of(&self, key: &str) -> String {
        format!("{}['{key}']", self.name)
    }
}
