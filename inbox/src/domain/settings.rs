//! The settings that can be changed while the service runs, and what a value of each looks like.

use std::fmt;
use uuid::Uuid;

/// Longest secret, in bytes; Meta's tokens have some 250.
const LONGEST_SECRET: usize = 1024;
/// Longest id of Meta's, in digits.
const LONGEST_ID: usize = 30;

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingName {
    /// Who owns new contacts.
    DefaultAnswerUser,
    /// Which assistant answers new contacts.
    DefaultAssistant,
    /// Authorises calls to Meta.
    AccessToken,
    /// The app at Meta.
    AppId,
    /// Signs the webhooks.
    AppSecret,
    /// The WhatsApp Business Account.
    BusinessAccountId,
    /// The number.
    PhoneNumberId,
    /// What Meta shows at the webhook's handshake.
    VerifyToken,
    /// Whether webhooks must be signed.
    VerifySignature,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// An id of our own.
    OwnId,
    /// An id of Meta's: digits.
    MetaId,
    /// A text that is never shown again.
    Secret,
    /// True or false.
    Switch,
}

impl SettingName {
    /// All, in the order in which people fill them in.
    pub const ALL: [Self; 9] = [
        Self::DefaultAnswerUser,
        Self::DefaultAssistant,
        Self::AppId,
        Self::AppSecret,
        Self::BusinessAccountId,
        Self::PhoneNumberId,
        Self::AccessToken,
        Self::VerifyToken,
        Self::VerifySignature,
    ];

    /// Without these no message comes or goes.
    pub const REQUIRED: [Self; 6] = [
        Self::AppId,
        Self::AppSecret,
        Self::BusinessAccountId,
        Self::PhoneNumberId,
        Self::AccessToken,
        Self::VerifyToken,
    ];

    /// Its name in the schema and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DefaultAnswerUser => "defaultAnswerUser",
            Self::DefaultAssistant => "defaultAssistant",
            Self::AccessToken => "accessToken",
            Self::AppId => "appId",
            Self::AppSecret => "appSecret",
            Self::BusinessAccountId => "businessAccountId",
            Self::PhoneNumberId => "phoneNumberId",
            Self::VerifyToken => "verifyToken",
            Self::VerifySignature => "verifySignature",
        }
    }

    /// Its name in the system that people come from. Two are crossed there: what was called the account's id was the app's,
    /// and the other way round.
    #[must_use]
    pub const fn alias(self) -> &'static str {
        match self {
            Self::DefaultAnswerUser => "WhatsApp_DefaultAnswerUser",
            Self::DefaultAssistant => "WhatsApp_DefaultAssistantAI",
            Self::AccessToken => "WhatsAppAccessToken",
            Self::AppId => "WhatsAppAccountId",
            Self::AppSecret => "WhatsAppClientSecret",
            Self::BusinessAccountId => "WhatsAppApplicationId",
            Self::PhoneNumberId => "WhatsAppPhoneId",
            Self::VerifyToken => "WhatsAppVerificationId",
            Self::VerifySignature => "WhatsAppVerifySignature",
        }
    }

    /// The setting of this name or alias.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text || name.alias() == text)
    }

    /// What values it takes.
    #[must_use]
    pub const fn kind(self) -> SettingKind {
        match self {
            Self::DefaultAnswerUser | Self::DefaultAssistant => SettingKind::OwnId,
            Self::AppId | Self::BusinessAccountId | Self::PhoneNumberId => SettingKind::MetaId,
            Self::AccessToken | Self::AppSecret | Self::VerifyToken => SettingKind::Secret,
            Self::VerifySignature => SettingKind::Switch,
        }
    }

    /// Whether its value is never shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        self.kind() == SettingKind::Secret
    }

    /// The value as it is stored, or what is wrong with it. The value itself is in no error.
    ///
    /// # Errors
    /// What to write instead.
    pub fn checked(self, value: &str) -> Result<String, &'static str> {
        let value = value.trim();
        let (good, instead) = match self.kind() {
            SettingKind::OwnId => (Uuid::parse_str(value).is_ok(), "give the id of one that exists"),
            SettingKind::MetaId => (
                (1..=LONGEST_ID).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()),
                "write the id as Meta shows it, digits only; it is not the phone number",
            ),
            SettingKind::Secret => (
                (1..=LONGEST_SECRET).contains(&value.len())
                    && value.bytes().all(|byte| byte.is_ascii_graphic()),
                "copy it whole: one word of at most 1024 letters, digits and signs, without spaces",
            ),
            SettingKind::Switch => {
                let value = value.to_ascii_lowercase();
                return match value.as_str() {
                    "true" | "1" | "yes" => Ok("true".to_owned()),
                    "false" | "0" | "no" => Ok("false".to_owned()),
                    _ => Err("write true or false"),
                };
            }
        };
        if good { Ok(value.to_owned()) } else { Err(instead) }
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_is_known_by_its_name_and_by_its_alias() {
        for name in SettingName::ALL {
            assert_eq!(SettingName::parse(name.as_str()), Some(name));
            assert_eq!(SettingName::parse(name.alias()), Some(name));
        }
        assert_eq!(SettingName::parse("WhatsAppAccountId"), Some(SettingName::AppId), "crossed on purpose");
        assert_eq!(SettingName::parse("WhatsAppApplicationId"), Some(SettingName::BusinessAccountId));
        assert_eq!(SettingName::parse("appid"), None);
    }

    #[test]
    fn what_values_they_take() {
        use SettingName::*;
        let table = [
            (AppId, " 670843887433847 ", Some("670843887433847")),
            (AppId, "+34 612 345 678", None),
            (PhoneNumberId, "", None),
            (PhoneNumberId, "1234567890123456789012345678901", None),
            (AccessToken, "EAAB\n", Some("EAAB")),
            (AccessToken, "EAA B", None),
            (AccessToken, "", None),
            (VerifyToken, "señal", None),
            (VerifySignature, "False", Some("false")),
            (VerifySignature, "1", Some("true")),
            (VerifySignature, "maybe", None),
            (DefaultAssistant, "x", None),
        ];
        for (name, value, stored) in table {
            assert_eq!(name.checked(value).ok().as_deref(), stored, "{name} {value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_error_repeats_a_value(value in "[a-zA-Z0-9 ]{12,40}") {
            for name in SettingName::ALL {
                if let Err(error) = name.checked(&value) {
                    prop_assert!(!error.contains(&value));
                }
            }
        }
    }
}
