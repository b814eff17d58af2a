//! `recado user create` and `recado token create`: first access without the API.

use super::serve::first_login;
use super::{note, print};
use crate::{Config, running};
use clap::Subcommand;
use inbox::App;
use inbox::auth::{self, Permission, Viewer};
use inbox::clock::Clock;
use inbox::services::access::{self, FirstAdmin, RoleRef, TokenCreate, UserCreate};
use std::time::Duration;

#[derive(Subcommand)]
pub(super) enum User {
    /// Add a person; prints the password, which is not kept
    Create {
        /// The e-mail address to log in with
        #[arg(long)]
        email: String,
        /// What the person may do: the name of a role, such as Administrator or Agent
        #[arg(long)]
        role: String,
        /// As shown to colleagues. Not given: the part of the address before the @
        #[arg(long)]
        name: Option<String>,
        /// Customers with this phone number become the person's, such as +34600111222
        #[arg(long)]
        phone: Option<String>,
        /// The language of the waiting messages to the person's customers and of the words for errors, such as es or pt-BR
        #[arg(long)]
        language: Option<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make an API token; prints it, for it is not kept
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do; give it several times for several
        #[arg(long = "permission", required = true, value_parser = permission)]
        permissions: Vec<Permission>,
        /// Its sends count as a person's and switch a conversation to manual mode
        #[arg(long)]
        acts_for_people: bool,
        /// It ends after so many days. Not given: it does not end
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        expires_in_days: Option<u32>,
    },
}

fn permission(name: &str) -> Result<Permission, String> {
    Permission::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        format!("choose one of {}", names.join(", "))
    })
}

impl User {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let Self::Create { email, role, name, phone, language } = self;
        let (app, first_admin) = open_and_set_up(config).await?;
        let password = auth::new_password()?;
        let input = UserCreate {
            email,
            name,
            role: RoleRef::Name(role),
            phone,
            language,
            password: Some(password.clone()),
        };
        let created = access::user_create(&app, &Viewer::system(), input).await;
        app.close().await?;
        let created = created?;
        // Exposed because this is the only time that it is shown.
        let password = password.expose();
        let login = format!("{}\npassword {password}\n", created.user.email.unwrap_or_default());
        print(&format!("{}{login}", first_login(first_admin.as_ref())))
    }
}

impl Token {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let Self::Create { name, permissions, acts_for_people, expires_in_days } = self;
        let (app, first_admin) = open_and_set_up(config).await?;
        let lifetime = expires_in_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
        let expires_at = lifetime.map(|lifetime| app.clock.now().plus(lifetime));
        let input = TokenCreate { name, permissions, acts_for_people, expires_at };
        let created = access::token_create(&app, &Viewer::system(), input).await;
        app.close().await?;
        // Exposed because this is the only time that it is shown.
        let token = created?.secret.expose().to_owned();
        // Beside stdout, so that a script can take the token from there.
        note(&first_login(first_admin.as_ref()));
        print(&format!("{token}\n"))
    }
}

/// As the first start would leave it, so that roles exist whatever was called first.
async fn open_and_set_up(mut config: Config) -> anyhow::Result<(App, Option<FirstAdmin>)> {
    config.ensure_secret_key()?;
    let app = running::open(&config, Clock::default()).await?;
    let first_admin = running::set_up(&config, &app).await?;
    Ok((app, first_admin))
}
