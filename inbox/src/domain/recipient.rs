//! Under which ids a contact is written to.

use entities::{IdentityKind, contact_identity};
use providers::meta::Recipient;

/// The newest address of each kind; `identities` are the newest first.
#[must_use]
pub fn recipient(identities: &[contact_identity::Model]) -> Recipient {
    let newest = |kind| {
        identities.iter().find(|identity| identity.kind == kind).map(|identity| identity.value.clone())
    };
    Recipient {
        wa_id: newest(IdentityKind::Phone),
        user_id: newest(IdentityKind::Bsuid).or_else(|| newest(IdentityKind::ParentBsuid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entities::{ContactId, ContactIdentityId, Timestamp};
    use uuid::Uuid;

    fn identity(kind: IdentityKind, value: &str) -> contact_identity::Model {
        contact_identity::Model {
            id: ContactIdentityId(Uuid::nil()),
            contact_id: ContactId(Uuid::nil()),
            kind,
            scope: String::new(),
            value: value.to_owned(),
            match_key: value.to_owned(),
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn the_newest_address_of_each_kind() {
        use IdentityKind::{Bsuid, ParentBsuid, Phone};
        let (phone, older) = (identity(Phone, "34600000002"), identity(Phone, "34600000001"));
        let (own, parent) = (identity(Bsuid, "ES.1"), identity(ParentBsuid, "ES.ENT.1"));
        let cases: [(&[&contact_identity::Model], Option<&str>, Option<&str>); 5] = [
            (&[&phone, &older], Some("34600000002"), None),
            (&[&own], None, Some("ES.1")),
            (&[&parent, &own, &older], Some("34600000001"), Some("ES.1")),
            (&[&parent], None, Some("ES.ENT.1")),
            (&[], None, None),
        ];
        for (identities, wa_id, user_id) in cases {
            let identities: Vec<_> = identities.iter().copied().cloned().collect();
            let seen = recipient(&identities);
            assert_eq!((seen.wa_id.as_deref(), seen.user_id.as_deref()), (wa_id, user_id));
        }
    }
}
