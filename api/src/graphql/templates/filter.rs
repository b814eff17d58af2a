//! Which templates to list.

use super::words::{TemplateCategory, TemplateStatus, Word};
use crate::graphql::contacts::valid_search;
use crate::graphql::errors::Result;
use async_graphql::InputObject;
use inbox::store::templates as store;

/// Which templates. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
pub(super) struct TemplateFilter {
    /// Only those in this state.
    status: Option<TemplateStatus>,
    /// Only those of this category.
    category: Option<TemplateCategory>,
    /// Only those in this language (`en_US`).
    language: Option<String>,
    /// Only those of this WhatsApp Business Account, by Meta's id.
    business_account_id: Option<String>,
    /// Only those with this in their name. At most 100 characters.
    search: Option<String>,
}

impl TemplateFilter {
    /// In the store's terms.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a search that is too long.
    pub(super) fn into_store(self) -> Result<store::TemplateFilter> {
        valid_search(self.search.as_deref())?;
        let (statuses, not_statuses) = words(self.status);
        let (categories, not_categories) = words(self.category);
        Ok(store::TemplateFilter {
            statuses,
            not_statuses,
            categories,
            not_categories,
            language: self.language,
            business_account_id: self.business_account_id,
            search: self.search.map(|search| search.to_lowercase()),
        })
    }
}

/// The words that are wanted, or those that are not: `OTHER` is whatever is not known here.
fn words<W: Word>(wanted: Option<W>) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    match wanted.map(Word::word) {
        Some(Some(word)) => (Some(owned(&[word])), None),
        Some(None) => (None, Some(owned(W::KNOWN))),
        None => (None, None),
    }
}
