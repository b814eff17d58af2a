//! The settings of the deployment, and whether it is connected with WhatsApp.

use super::assistants::Assistant;
use super::context::{Reader, app, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Resource, Selection};
use super::scalars::{DateTime, Url};
use super::user_errors::user_errors;
use super::users::User;
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{AssistantId, UserId};
use inbox::Secret;
use inbox::domain::settings as domain;
use inbox::services::integration::{self, TokenFacts};
use inbox::services::settings::{
    self as services, Changed, SecretFacts, SettingsChange, SettingsRefusal, SettingsRefusalCode,
};

/// See the contract of the routes.
const WEBHOOK: &str = "/api/WhatsApp/Webhook";

/// What can be set about the connection with WhatsApp and about new contacts.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "domain::SettingName")]
pub(super) enum SettingName {
    /// `defaultAnswerUser`.
    DefaultAnswerUser,
    /// `defaultAssistant`.
    DefaultAssistant,
    /// `accessToken`.
    AccessToken,
    /// `appId`.
    AppId,
    /// `appSecret`.
    AppSecret,
    /// `businessAccountId`.
    BusinessAccountId,
    /// `phoneNumberId`.
    PhoneNumberId,
    /// `verifyToken`.
    VerifyToken,
    /// `verifySignature`.
    VerifySignature,
}

/// Whether messages can come and go.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::IntegrationState")]
pub(super) enum IntegrationState {
    /// A required setting is missing: see `missing`.
    Incomplete,
    /// Meta could not be asked yet whether the settings are right. It is asked again by itself.
    Unverified,
    /// Meta says that a setting is wrong: see `problems`.
    Failed,
    /// All is there, and Meta says that it is right.
    Active,
}

/// What is wrong with a setting.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::IntegrationProblemCode")]
pub(super) enum IntegrationProblemCode {
    /// Meta refuses the access token, or it has ended.
    TokenInvalid,
    /// The access token was made for another app.
    TokenOfOtherApp,
    /// The access token may not do what is needed.
    ScopeMissing,
    /// There is no such app, or this is not its secret.
    AppCredentialsWrong,
    /// The id is of something else: two were swapped, perhaps.
    WrongKind,
    /// Nothing has this id, or the access token may not see it.
    NotFound,
    /// The number belongs to another WhatsApp Business Account.
    NotInAccount,
    /// Meta did not answer, or could not: it says nothing about the settings.
    MetaUnavailable,
}

/// What is known of a secret. The secret itself is never shown.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct SecretSetting {
    /// Whether there is one.
    is_set: bool,
    /// Its last four letters, to know it by. Null for a short one.
    last_four: Option<String>,
    /// When it ends by itself, as far as Meta said so. Null if it does not, or nobody knows.
    expires_at: Option<DateTime>,
    /// When it was set. Null if the environment sets it.
    updated_at: Option<DateTime>,
}

impl From<SecretFacts> for SecretSetting {
    fn from(facts: SecretFacts) -> Self {
        let SecretFacts { is_set, last_four, expires_at, updated_at } = facts;
        Self {
            is_set,
            last_four,
            expires_at: expires_at.map(Into::into),
            updated_at: updated_at.map(Into::into),
        }
    }
}

/// Something that is wrong with the connection.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct IntegrationProblem {
    /// The setting that is wrong. Null if it is about no one of them.
    setting: Option<SettingName>,
    /// What is wrong.
    code: IntegrationProblemCode,
    /// The same in words, with what to do.
    message: String,
}

/// What the access token is good for, as Meta says.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct AccessTokenFacts {
    /// Whose it is: `SYSTEM_USER`, `USER` or another word of Meta's.
    kind: Option<String>,
    /// What it may do.
    scopes: Vec<String>,
    /// When it ends. Null if it does not.
    expires_at: Option<DateTime>,
}

impl From<TokenFacts> for AccessTokenFacts {
    fn from(facts: TokenFacts) -> Self {
        Self { kind: facts.kind, scopes: facts.scopes, expires_at: facts.expires_at.map(Into::into) }
    }
}

/// Whether the deployment is connected with WhatsApp. It becomes active by itself when all is there and Meta says that it is
/// right; each change is an `IntegrationUpdatedEvent`.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct Integration {
    /// In a word.
    state: IntegrationState,
    /// The required settings that are not set.
    missing: Vec<SettingName>,
    /// What Meta said is wrong.
    problems: Vec<IntegrationProblem>,
    /// What the access token is good for. Null if Meta could not be asked.
    access_token: Option<AccessTokenFacts>,
    /// When Meta was last asked about these settings. Null if it was not yet.
    checked_at: Option<DateTime>,
}

impl From<integration::Integration> for Integration {
    fn from(known: integration::Integration) -> Self {
        let problem = |problem: integration::Problem| IntegrationProblem {
            setting: problem.setting.as_deref().and_then(domain::SettingName::parse).map(Into::into),
            code: problem.code.into(),
            message: problem.message,
        };
        Self {
            state: known.state.into(),
            missing: known.missing.into_iter().map(Into::into).collect(),
            problems: known.problems.into_iter().map(problem).collect(),
            access_token: known.token.map(Into::into),
            checked_at: known.checked_at.map(Into::into),
        }
    }
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Settings(services::Settings);

/// The settings of the deployment. A change takes effect at once on every node.
#[Object]
impl Settings {
    /// Who owns new contacts. Null: the first user whose phone is the contact's, else nobody (the guest).
    async fn default_answer_user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.default_answer_user {
            Some(id) => load_one(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Which assistant answers new contacts. Null: the default assistant of the owner's role, else none.
    async fn default_assistant(&self, ctx: &Context<'_>) -> Result<Option<Assistant>> {
        match self.0.default_assistant {
            Some(id) => load_one(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Authorises calls to Meta. Prefer a system user's token, which does not end.
    async fn access_token(&self) -> Option<SecretSetting> {
        self.secret(domain::SettingName::AccessToken)
    }

    /// Id of the Meta app. Null if it is not set, like each id here.
    async fn app_id(&self) -> Option<&str> {
        Some(self.0.whatsapp.app_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Secret of the Meta app: it signs the webhooks.
    async fn app_secret(&self) -> Option<SecretSetting> {
        self.secret(domain::SettingName::AppSecret)
    }

    /// Id of the WhatsApp Business Account (WABA).
    async fn business_account_id(&self) -> Option<&str> {
        Some(self.0.whatsapp.business_account_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Id of the phone number; it is not the number itself.
    async fn phone_number_id(&self) -> Option<&str> {
        Some(self.0.whatsapp.phone_number_id.as_str()).filter(|id| !id.is_empty())
    }

    /// What Meta must show when it checks the webhook address.
    async fn verify_token(&self) -> Option<SecretSetting> {
        self.secret(domain::SettingName::VerifyToken)
    }

    /// Whether webhooks must be signed. False only for tests: anybody could then write into the inbox.
    async fn verify_signature(&self) -> bool {
        self.0.whatsapp.verifies_signatures()
    }

    /// The settings that the environment of the service sets. They cannot be changed over the API.
    async fn from_environment(&self) -> Vec<SettingName> {
        self.0.from_environment.iter().copied().map(Into::into).collect()
    }

    /// Whether the deployment is connected with WhatsApp.
    async fn integration(&self) -> Integration {
        self.0.integration.clone().into()
    }

    /// The address that is entered in the Meta app as callback of the webhook. Null if the service does not know under which
    /// address the world reaches it (the setting `public_url`).
    async fn webhook_url(&self, ctx: &Context<'_>) -> Option<Url> {
        app(ctx).public_address(WEBHOOK).map(Url)
    }
}

impl Settings {
    fn secret(&self, name: domain::SettingName) -> Option<SecretSetting> {
        self.0.secrets.get(&name).cloned().map(Into::into)
    }
}

async fn load_one<R: Resource>(ctx: &Context<'_>, id: R::Id) -> Result<Option<R>> {
    let plan = R::plan(&Selection::new([ctx.look_ahead()]));
    load::load_one(Reader::new(ctx)?, &plan, id).await
}

user_errors! {
    /// Why the settings were not changed.
    SettingsUpdateUserError, SettingsUpdateUserErrorCode {
        /// The value cannot be one of this setting.
        Invalid,
        /// The environment of the service sets it: it can be changed there only.
        FromEnvironment,
        /// There is no such user or assistant, or the user has no access any more.
        NotFound,
        /// Meta refuses the access token, or it has ended.
        TokenInvalid,
        /// The access token was made for another app.
        TokenOfOtherApp,
        /// The access token may not do what is needed.
        ScopeMissing,
        /// Meta knows no app with this id and secret.
        AppCredentialsWrong,
        /// The id is of something else: two were swapped, perhaps.
        WrongKind,
        /// Nothing at Meta has this id, or the access token may not see it.
        UnknownAtMeta,
        /// The number belongs to another WhatsApp Business Account.
        NotInAccount,
    }
}

impl From<SettingsRefusal> for SettingsUpdateUserError {
    fn from(refusal: SettingsRefusal) -> Self {
        use SettingsUpdateUserErrorCode as Shown;
        use entities::IntegrationProblemCode as Problem;
        let code = match refusal.code {
            SettingsRefusalCode::FromEnvironment => Shown::FromEnvironment,
            SettingsRefusalCode::NotFound => Shown::NotFound,
            SettingsRefusalCode::RefusedByMeta(Problem::TokenInvalid) => Shown::TokenInvalid,
            SettingsRefusalCode::RefusedByMeta(Problem::TokenOfOtherApp) => Shown::TokenOfOtherApp,
            SettingsRefusalCode::RefusedByMeta(Problem::ScopeMissing) => Shown::ScopeMissing,
            SettingsRefusalCode::RefusedByMeta(Problem::AppCredentialsWrong) => Shown::AppCredentialsWrong,
            SettingsRefusalCode::RefusedByMeta(Problem::WrongKind) => Shown::WrongKind,
            SettingsRefusalCode::RefusedByMeta(Problem::NotFound) => Shown::UnknownAtMeta,
            SettingsRefusalCode::RefusedByMeta(Problem::NotInAccount) => Shown::NotInAccount,
            // That Meta does not answer refuses nothing.
            SettingsRefusalCode::Invalid | SettingsRefusalCode::RefusedByMeta(Problem::MetaUnavailable) => {
                Shown::Invalid
            }
        };
        Self::new(code, Some(vec![refusal.setting.as_str().to_owned()]), refusal.message)
    }
}

/// Settings to change. What is absent stays, null clears. All of them change, or none.
#[derive(InputObject)]
struct SettingsUpdateInput {
    /// The user who owns new contacts.
    default_answer_user_id: MaybeUndefined<ID>,
    /// The assistant that answers new contacts.
    default_assistant_id: MaybeUndefined<ID>,
    /// Authorises calls to Meta; a system user's token, preferably. It is checked with Meta and never shown again.
    access_token: MaybeUndefined<String>,
    /// Id of the Meta app.
    app_id: MaybeUndefined<String>,
    /// Secret of the Meta app. Never shown again.
    app_secret: MaybeUndefined<String>,
    /// Id of the WhatsApp Business Account (WABA).
    business_account_id: MaybeUndefined<String>,
    /// Id of the phone number; it is not the number itself.
    phone_number_id: MaybeUndefined<String>,
    /// What Meta must show when it checks the webhook address: any word of yours, the same one as in the Meta app. Never shown
    /// again.
    verify_token: MaybeUndefined<String>,
    /// Whether webhooks must be signed. False only for tests.
    verify_signature: MaybeUndefined<bool>,
}

/// The settings after a change.
#[derive(SimpleObject)]
struct SettingsUpdatePayload {
    /// The settings as they hold now, on every node. Null if there are user errors.
    settings: Option<Settings>,
    /// Why nothing was changed.
    user_errors: Vec<SettingsUpdateUserError>,
}

#[derive(Default)]
pub(super) struct SettingsQueries;

#[Object]
impl SettingsQueries {
    /// The settings of the deployment. Needs `ADMINISTER`.
    async fn settings(&self, ctx: &Context<'_>) -> Result<Settings> {
        Ok(Settings(services::settings(app(ctx), viewer(ctx)?).await?))
    }
}

#[derive(Default)]
pub(super) struct SettingsMutations;

#[Object]
impl SettingsMutations {
    /// Changes settings of the deployment, without a restart. Meta is asked first whether the access token works and each id is
    /// of the right kind; if it does not answer the change holds all the same, and the integration is `UNVERIFIED` until it
    /// does. Needs `ADMINISTER`.
    async fn settings_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: SettingsUpdateInput,
    ) -> Result<SettingsUpdatePayload> {
        let viewer = viewer(ctx)?;
        match services::settings_update(app(ctx), viewer, change(input)?).await? {
            Changed::Settings(settings) => {
                Ok(SettingsUpdatePayload { settings: Some(Settings(*settings)), user_errors: Vec::new() })
            }
            Changed::Refused(refusals) => {
                let user_errors = refusals.into_iter().map(Into::into).collect();
                Ok(SettingsUpdatePayload { settings: None, user_errors })
            }
        }
    }
}

fn change(input: SettingsUpdateInput) -> Result<SettingsChange> {
    use domain::SettingName as Name;
    let user = own_id::<UserId>("input.defaultAnswerUserId", input.default_answer_user_id)?;
    let assistant = own_id::<AssistantId>("input.defaultAssistantId", input.default_assistant_id)?;
    let values = [
        (Name::DefaultAnswerUser, user),
        (Name::DefaultAssistant, assistant),
        (Name::AccessToken, input.access_token),
        (Name::AppId, input.app_id),
        (Name::AppSecret, input.app_secret),
        (Name::BusinessAccountId, input.business_account_id),
        (Name::PhoneNumberId, input.phone_number_id),
        (Name::VerifyToken, input.verify_token),
        (Name::VerifySignature, input.verify_signature.map_value(|verify| verify.to_string())),
    ];
    let change = values.into_iter().filter_map(|(name, value)| match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some((name, None)),
        MaybeUndefined::Value(value) => Some((name, Some(Secret::new(value)))),
    });
    Ok(change.collect())
}

fn own_id<I: GlobalId + std::fmt::Display>(
    path: &'static str,
    given: MaybeUndefined<ID>,
) -> Result<MaybeUndefined<String>> {
    Ok(match given {
        MaybeUndefined::Value(id) => MaybeUndefined::Value(I::parse(path, &id)?.to_string()),
        MaybeUndefined::Null => MaybeUndefined::Null,
        MaybeUndefined::Undefined => MaybeUndefined::Undefined,
    })
}
