//! `GET` and `HEAD /media/{id}`.

use super::{arrives, in_state, owner, photo};
use inbox::auth::Permission;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Client, TestApp, on_each_store};

struct Given {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Given {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(app: &TestApp, method: Method, url: &str, headers: &[(&str, &str)]) -> Given {
    let mut request = app.http().request(method, url);
    for (name, value) in headers {
        request = request.header(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Given { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

async fn with_photo(app: &TestApp) -> (Client, String, Value) {
    let client = app.admin().await;
    let id = arrives(app, &client, json!({ "image": {} })).await;
    let stored = in_state(&client, &id, "STORED").await;
    (client, id, stored)
}

#[test]
fn a_file_is_given_to_who_may_see_it_and_in_parts() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let (client, id, stored) = with_photo(&app).await;
        let (url, photo) = (format!("{}/media/{id}", app.url()), photo());
        let bearer = format!("Bearer {}", client.token());
        let bearer = ("authorization", bearer.as_str());
        let size = photo.len();
        let etag = format!("\"{}\"", stored["sha256"].as_str().unwrap());

        let whole = ask(&app, Method::GET, &url, &[bearer]).await;
        assert_eq!((whole.status, whole.body == photo), (200, true));
        assert_eq!((whole.header("content-type"), whole.header("etag")), ("image/png", etag.as_str()));
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        assert!(whole.header("content-security-policy").contains("sandbox"));
        assert!(whole.header("content-disposition").starts_with("attachment; filename=\""));
        assert!(whole.header("cache-control").starts_with("private"));
        let shown = ask(&app, Method::GET, &format!("{url}?inline=1"), &[bearer]).await;
        assert!(shown.header("content-disposition").starts_with("inline;"));

        let head = ask(&app, Method::HEAD, &url, &[bearer]).await;
        assert_eq!(
            (head.status, head.body.len(), head.header("content-length")),
            (200, 0, &*size.to_string())
        );

        let last = format!("bytes {}-{}/{size}", size - 5, size - 1);
        let nothing = format!("bytes */{size}");
        let table: [(&str, u16, &str, &[u8]); 6] = [
            ("bytes=0-9", 206, &format!("bytes 0-9/{size}"), &photo[..10]),
            ("bytes=-5", 206, &last, &photo[size - 5..]),
            (&format!("bytes={}-", size - 5), 206, &last, &photo[size - 5..]),
            (&format!("bytes={size}-"), 416, &nothing, &[]),
            ("bytes=0-1,4-5", 200, "", &photo),
            ("pages=1-2", 200, "", &photo),
        ];
        for (range, status, content_range, body) in table {
            let part = ask(&app, Method::GET, &url, &[bearer, ("range", range)]).await;
            assert_eq!((part.status, part.header("content-range")), (status, content_range), "{range}");
            assert!(part.body == body, "{range}");
        }
        let range = ("range", "bytes=0-9");
        for (if_range, status) in [(etag.as_str(), 206), ("\"other\"", 200), (&*format!("W/{etag}"), 200)] {
            let part = ask(&app, Method::GET, &url, &[bearer, range, ("if-range", if_range)]).await;
            assert_eq!(part.status, status, "{if_range}");
        }
        let known = ask(&app, Method::GET, &url, &[bearer, ("if-none-match", &etag)]).await;
        assert_eq!((known.status, known.body.len()), (304, 0));
        app.finish().await;
    });
}

#[test]
fn what_one_may_not_see_is_not_there() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let (_, id, _) = with_photo(&app).await;
        let url = format!("{}/media/{id}", app.url());
        let owner = owner(&app).await;
        let writer = app.integration(&[Permission::Send], false).await;
        for client in [&owner, &writer] {
            let bearer = format!("Bearer {}", client.token());
            assert_eq!(ask(&app, Method::GET, &url, &[("authorization", &bearer)]).await.status, 404);
        }
        for headers in [&[][..], &[("authorization", "Bearer rcd_nonsense")]] {
            let refused = ask(&app, Method::GET, &url, headers).await;
            assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
        }
        let reader = app.integration(&[Permission::ReadAll], false).await;
        let bearer = format!("Bearer {}", reader.token());
        for id in ["nonsense", "bQAAAAAAAAAAAAAAAAAAAAA", "ZgAAAAAAAAAAAAAAAAAAAAA"] {
            let url = format!("{}/media/{id}", app.url());
            assert_eq!(ask(&app, Method::GET, &url, &[("authorization", &bearer)]).await.status, 404, "{id}");
        }
        app.finish().await;
    });
}

#[test]
fn a_link_opens_one_file_for_a_while() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let (client, id, stored) = with_photo(&app).await;
        let url = stored["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{}/media/{id}?expires=", app.url())), "{url}");
        let opened = ask(&app, Method::GET, url, &[("range", "bytes=0-3")]).await;
        assert_eq!((opened.status, opened.body), (206, photo()[..4].to_vec()));

        let query = "query($id: ID!, $seconds: Int) { node(id: $id) { ... on Media { url(expiresInSeconds: $seconds) } } }";
        let short = client.ask(query, json!({ "id": id, "seconds": 60 })).await["node"]["url"].take();
        for seconds in [0, -1, 604_801] {
            let refused = client.execute(query, json!({ "id": id, "seconds": seconds })).await;
            assert_eq!(refused.codes(), ["BAD_USER_INPUT"], "{seconds}");
        }
        let later = url.replace("expires=", "expires=9");
        let other = url.replace(&id, "ZgAAAAAAAAAAAAAAAAAAAAA");
        for forged in [&later, &other, &format!("{url}0"), &url[..url.len() - 1].to_owned()] {
            assert_eq!(ask(&app, Method::GET, forged, &[]).await.status, 403, "{forged}");
        }
        app.advance(Duration::from_secs(61));
        assert_eq!(ask(&app, Method::GET, short.as_str().unwrap(), &[]).await.status, 403);
        assert_eq!(ask(&app, Method::GET, url, &[]).await.status, 200);
        app.advance(Duration::from_secs(900));
        assert_eq!(ask(&app, Method::GET, url, &[]).await.status, 403);
        app.finish().await;
    });
}
