//! The service as a process of its own, which can be killed.

use crate::app::{ADMIN_EMAIL, ADMIN_PASSWORD, SECRET_KEY};
use crate::client::Client;
use crate::store::Database;
use crate::wait::PATIENCE;
use crate::webhook;
use simulator::{Business, Simulator};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A request that the process died over may never be answered, not even by a closed connection: whoever asks tries again
/// after a while, as a client in the field must.
const ANSWER: Duration = Duration::from_secs(10);
/// Between two looks at a process.
const PAUSE: Duration = Duration::from_millis(5);

/// How to start the service as a process.
#[derive(Clone, Debug)]
pub struct Program {
    executable: PathBuf,
    directory: PathBuf,
    address: SocketAddr,
    environment: Vec<(String, String)>,
    http: reqwest::Client,
}

/// A running process. It is killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    program: Program,
}

impl Program {
    /// The program on this database, connected with a simulated business, on a port that is free and stays so.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn new(executable: &str, database: &Database, simulator: &Simulator) -> Self {
        let Business {
            app_id,
            app_secret,
            access_token,
            business_account_id,
            phone_number_id,
            verify_token,
            ..
        } = simulator.business();
        let mut program = Self::bare(executable, database.directory());
        for (name, value) in [
            ("DATABASE_URL", &*database.url),
            ("MEDIA_URL", &format!("file://{}", database.media().display())),
            ("SECRET_KEY", SECRET_KEY),
            ("ADMIN_EMAIL", ADMIN_EMAIL),
            ("ADMIN_PASSWORD", ADMIN_PASSWORD),
            ("GRAPH_URL", &simulator.url()),
            ("WHATSAPP_APP_ID", app_id),
            ("WHATSAPP_APP_SECRET", app_secret),
            ("WHATSAPP_ACCESS_TOKEN", access_token),
            ("WHATSAPP_BUSINESS_ACCOUNT_ID", business_account_id),
            ("WHATSAPP_PHONE_NUMBER_ID", phone_number_id),
            ("WHATSAPP_VERIFY_TOKEN", verify_token),
            ("LOG", "warn"),
        ] {
            program.set(name, value);
        }
        program
    }

    /// The program in this working directory with no setting but the port.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn bare(executable: &str, directory: &Path) -> Self {
        let address = free_address();
        let http = reqwest::Client::builder().no_proxy().timeout(ANSWER).build();
        Self {
            executable: executable.into(),
            directory: directory.to_owned(),
            address,
            // Waiting messages are sent to each new customer: whoever counts messages would count them too.
            environment: vec![
                ("RECADO_LISTEN".to_owned(), address.to_string()),
                ("RECADO_WAITING_MESSAGES".to_owned(), "false".to_owned()),
            ],
            http: http.expect("an HTTP client can be built"),
        }
    }

    /// Gives a setting, named without `RECADO_`.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((format!("RECADO_{name}"), value.to_owned()));
    }

    /// `http://` and the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where webhooks go.
    #[must_use]
    pub fn webhook_url(&self) -> String {
        format!("{}{}", self.url(), webhook::PATH)
    }

    /// For requests that are not GraphQL.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The administrator, logged in now.
    ///
    /// # Panics
    /// If the login is refused.
    pub async fn admin(&self) -> Client {
        Client::login(self.http.clone(), &self.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await
    }

    /// The command, with nothing of this process's environment but the path, and its output in the files `stdout` and
    /// `stderr` of the working directory, which grow from start to start.
    ///
    /// # Panics
    /// If the files cannot be opened.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let file = |name: &str| -> Stdio {
            let path = self.directory.join(name);
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            file.expect("a file for the output can be opened").into()
        };
        let mut command = Command::new(&self.executable);
        command.args(arguments).current_dir(&self.directory).env_clear().stdin(Stdio::null());
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(self.environment.iter().cloned()).stdout(file("stdout")).stderr(file("stderr"));
        command
    }

    /// Everything that was written to stdout and stderr so far.
    ///
    /// # Panics
    /// If that cannot be read.
    #[must_use]
    pub fn output(&self) -> String {
        let file =
            |name: &str| std::fs::read_to_string(self.directory.join(name)).expect("the output can be read");
        file("stdout") + &file("stderr")
    }

    /// Starts the process. It may not serve yet.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn spawn(&self) -> Process {
        let child = self.command(&["serve"]).spawn().expect("the program can be started");
        Process { child, program: self.clone() }
    }

    /// Starts the process and waits until it serves.
    ///
    /// # Panics
    /// If it cannot be started, ends, or does not serve.
    pub async fn start(&self) -> Process {
        let mut process = self.spawn();
        process.ready().await;
        process
    }

    async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/readyz", self.url())).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

/// An address that stays free while the process is dead: below the ports that the system gives to listeners on port 0
/// and to outgoing connections (from 32768 on Linux).
fn free_address() -> SocketAddr {
    let tries = std::iter::repeat_with(|| {
        SocketAddr::from((Ipv4Addr::LOCALHOST, rand::random_range(10_000..32_000)))
    });
    tries.take(1_000).find(|address| TcpListener::bind(address).is_ok()).expect("there is a free port")
}

impl Process {
    /// Waits until the process serves.
    ///
    /// # Panics
    /// If it ends before, or does not serve.
    pub async fn ready(&mut self) {
        let since = Instant::now();
        while !self.program.is_ready().await {
            let ended = self.child.try_wait().expect("the process can be asked");
            assert!(ended.is_none(), "the program ended: {ended:?}: {}", self.program.output());
            assert!(since.elapsed() < PATIENCE, "the program does not serve: {}", self.program.output());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Ends the process where it stands (SIGKILL).
    ///
    /// # Panics
    /// If the process had ended by itself.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("the process can be asked");
        assert!(ended.is_none(), "the program ended by itself: {ended:?}: {}", self.program.output());
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process can be waited for");
    }

    /// Asks the process to stop (SIGTERM), and waits until it has.
    ///
    /// # Panics
    /// If it cannot be asked, or does not stop.
    pub async fn terminate(mut self) -> ExitStatus {
        self.ask_to_stop();
        let mut ended = None;
        let since = Instant::now();
        while ended.is_none() && since.elapsed() < PATIENCE {
            ended = self.child.try_wait().expect("the process can be asked");
            tokio::time::sleep(PAUSE).await;
        }
        ended.expect("the process stops in time")
    }

    /// Sends SIGTERM.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn ask_to_stop(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()), "SIGTERM can be sent");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
