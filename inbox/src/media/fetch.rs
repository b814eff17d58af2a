//! Files from addresses that callers name: fetched by us, from the public internet only.
//!
//! Every address that a name resolves to must be public, and the connection goes to the addresses that were looked at:
//! the check is part of resolving. Each redirect is checked again.

use super::{Spool, SpoolError, Spooled};
use crate::domain::addresses::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Redirects that are followed.
const REDIRECTS: usize = 3;
/// For the whole of it: somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(25);
const CONNECT: Duration = Duration::from_secs(5);

/// Why a file could not be fetched, for the person who named its address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not a web address.
    #[error("The address must begin with https:// or http://, and hold no user name.")]
    NotWeb,
    /// Not on the public internet.
    #[error(
        "The address is not on the public internet. Give one that everybody can open, or upload the file."
    )]
    Private,
    /// The server did not answer in order.
    #[error("The server of the address could not be reached, or took too long.")]
    Unreachable,
    /// The server says no.
    #[error("The server of the address answered {0}. Check that everybody can open it.")]
    Refused(u16),
    /// It sends from place to place.
    #[error("The address redirects more than {REDIRECTS} times.")]
    TooManyRedirects,
    /// More than this.
    #[error("The file has more than {0} bytes.")]
    TooLarge(u64),
    /// Ours, not the person's.
    #[error("The service cannot keep the file now; try again in a moment.")]
    Storage,
}

/// A fetched file.
#[derive(Debug)]
pub struct Fetched {
    /// Its content.
    pub content: Spooled,
    /// What the server says that it is.
    pub mime_type: Option<String>,
    /// The last part of the address.
    pub file_name: Option<String>,
}

/// Fetches files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Fetcher {
    http: reqwest::Client,
    guard: Arc<Guard>,
}

/// Decides which hosts and addresses may be talked to.
#[derive(Debug)]
pub(crate) struct Guard {
    private_hosts: Vec<String>,
}

impl Fetcher {
    /// For public addresses, and these hosts wherever they are.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(private_hosts: Vec<String>) -> Result<Self, reqwest::Error> {
        let (http, guard) = public_client(private_hosts, PATIENCE)?;
        Ok(Self { http, guard })
    }

    /// Fetches at most `limit` bytes.
    ///
    /// # Errors
    /// As [`FetchError`] says.
    pub async fn fetch(&self, url: &Url, limit: u64) -> Result<Fetched, FetchError> {
        let fetched = tokio::time::timeout(PATIENCE, self.follow(url, limit));
        fetched.await.map_err(|_| FetchError::Unreachable)?
    }

    async fn follow(&self, url: &Url, limit: u64) -> Result<Fetched, FetchError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.get(&url).await?;
            if !response.status().is_redirection() {
                return read(response, &url, limit).await;
            }
            let next = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let next = next.ok_or(FetchError::Refused(response.status().as_u16()))?;
            url = url.join(next).map_err(|_| FetchError::NotWeb)?;
        }
        Err(FetchError::TooManyRedirects)
    }

    async fn get(&self, url: &Url) -> Result<reqwest::Response, FetchError> {
        self.guard.check(url)?;
        self.http.get(url.clone()).send().await.map_err(|error| {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                if let Some(NotPublic) = error.downcast_ref() {
                    return FetchError::Private;
                }
                cause = error.source();
            }
            FetchError::Unreachable
        })
    }
}

/// A client that connects to public addresses only, and to these hosts wherever they are. It follows no redirects. What a
/// URL says itself must be shown to [`Guard::check`] before.
pub(crate) fn public_client(
    private_hosts: Vec<String>,
    patience: Duration,
) -> Result<(reqwest::Client, Arc<Guard>), reqwest::Error> {
    let guard = Arc::new(Guard { private_hosts });
    let http = reqwest::Client::builder()
        .dns_resolver(Arc::clone(&guard))
        .redirect(reqwest::redirect::Policy::none())
        // A proxy would resolve names itself.
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(patience)
        .user_agent(concat!("recado/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok((http, guard))
}

async fn read(mut response: reqwest::Response, url: &Url, limit: u64) -> Result<Fetched, FetchError> {
    if !response.status().is_success() {
        return Err(FetchError::Refused(response.status().as_u16()));
    }
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(FetchError::TooLarge(limit));
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mime_type = kind.map(str::to_owned);
    let mut spool = Spool::new(limit).await?;
    while let Some(piece) = response.chunk().await.map_err(|_| FetchError::Unreachable)? {
        spool.write(&piece).await?;
    }
    Ok(Fetched { content: spool.finish().await?, mime_type, file_name: file_name(url) })
}

fn file_name(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back().filter(|last| !last.is_empty())?;
    let decoded: Vec<(String, String)> =
        url::form_urlencoded::parse(format!("name={}", last.replace('+', "%2B")).as_bytes())
            .into_owned()
            .collect();
    decoded.into_iter().next().map(|(_, name)| name)
}

impl From<SpoolError> for FetchError {
    fn from(error: SpoolError) -> Self {
        match error {
            SpoolError::TooLarge(limit) => Self::TooLarge(limit),
            SpoolError::Io(error) => {
                tracing::error!(%error, "a file could not be kept");
                Self::Storage
            }
        }
    }
}

impl Guard {
    /// What can be told from the address itself. The URL parser has already made plain addresses of the odd spellings of
    /// IPv4 addresses.
    pub(crate) fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !["http", "https"].contains(&url.scheme())
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(FetchError::NotWeb);
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(FetchError::NotWeb),
        };
        let known = url.host_str().is_some_and(|host| self.trusts(host));
        if known || is_public(address) { Ok(()) } else { Err(FetchError::Private) }
    }

    pub(crate) fn trusts(&self, host: &str) -> bool {
        self.private_hosts.iter().any(|trusted| trusted.eq_ignore_ascii_case(host))
    }
}

/// A name stands for an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("the name resolves to an address that is not public")]
struct NotPublic;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let trusted = self.trusts(name.as_str());
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !trusted && !found.iter().all(|address| is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
