//! Storage, pictures and the guard of fetching, on real files and real sockets.

use super::*;
use image::{DynamicImage, ImageFormat, RgbaImage};
use std::io::Cursor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn spooled(content: &[u8]) -> Spooled {
    let mut spool = Spool::new(content.len() as u64).await.unwrap();
    for piece in content.chunks(7000) {
        spool.write(piece).await.unwrap();
    }
    spool.finish().await.unwrap()
}

fn storage() -> (tempfile::TempDir, MediaStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = MediaStore::open(&Url::from_file_path(directory.path().join("media")).unwrap()).unwrap();
    (directory, store)
}

async fn content(store: &MediaStore, key: &str, range: Option<Range<u64>>) -> Vec<u8> {
    let pieces: Vec<Bytes> = store.read(key, range).await.unwrap().try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn contents_small_and_large_are_kept_whole_and_removed_whole() {
    let (directory, store) = storage();
    for size in [0, 1, 100_000, PART - 1, PART, 3 * PART + 17] {
        let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let file = spooled(&bytes).await;
        assert_eq!(file.size, size as u64);
        let key = store.put(&file, Uuid::from_u128(size as u128)).await.unwrap();
        assert!(content(&store, &key, None).await == bytes, "{size}");
        if size > 10 {
            assert_eq!(content(&store, &key, Some(3..9)).await, bytes[3..9]);
        }
        let listed: Vec<_> = store.list().try_collect().await.unwrap();
        assert_eq!(listed.iter().map(|object| &object.key).collect::<Vec<_>>(), [&key]);
        store.remove(&key).await.unwrap();
        store.remove(&key).await.unwrap();
        assert!(store.read(&key, None).await.is_err());
    }
    let left: Vec<_> = std::fs::read_dir(directory.path().join("media")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_write_that_broke_off_is_swept() {
    let (directory, store) = storage();
    let folder = directory.path().join("media/ab");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("0123#1"), "half").unwrap();
    std::fs::write(folder.join("whole"), "whole").unwrap();
    store.remove_broken_writes(Duration::from_secs(60)).await.unwrap();
    assert!(folder.join("0123#1").exists(), "it may still be written");
    store.remove_broken_writes(Duration::ZERO).await.unwrap();
    assert!(!folder.join("0123#1").exists() && folder.join("whole").exists());
}

#[tokio::test]
async fn too_much_is_refused_as_it_comes() {
    let mut spool = Spool::new(10).await.unwrap();
    spool.write(&[0; 10]).await.unwrap();
    assert!(matches!(spool.write(&[0]).await, Err(SpoolError::TooLarge(10))));
}

#[test]
fn storages() {
    let wrong = ["ftp://x/y", "file://host/x", "https://example.com"];
    for url in wrong {
        assert!(MediaStore::open(&url.parse().unwrap()).is_err(), "{url}");
    }
    assert!(MediaStore::open(&"s3://bucket/prefix".parse().unwrap()).is_ok());
}

#[tokio::test]
async fn pictures_have_a_size_and_a_small_one() {
    let picture_of = |width, height| {
        DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |x, y| {
            image::Rgba([(x * 7) as u8, (y * 3) as u8, (x ^ y) as u8, (x + y) as u8])
        }))
    };
    let types = [
        ("image/png", ImageFormat::Png),
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/webp", ImageFormat::WebP),
    ];
    for (mime, format) in types {
        let mut bytes = Cursor::new(Vec::new());
        let source = picture_of(300, 200);
        let source = if format == ImageFormat::Jpeg { source.to_rgb8().into() } else { source };
        source.write_to(&mut bytes, format).unwrap();
        let seen = picture(&spooled(bytes.get_ref()).await, mime).await.unwrap();
        assert_eq!((seen.width, seen.height), (300, 200), "{mime}");
        let preview = seen.preview.unwrap();
        assert!(
            preview.starts_with("data:image/jpeg;base64,/9j/") && preview.len() <= 2048,
            "{}",
            preview.len()
        );
        // Cut off: what its start says is true, and there is nothing to show.
        let cut = &bytes.get_ref()[..bytes.get_ref().len() / 3];
        let seen = picture(&spooled(cut).await, mime).await;
        assert!(seen.is_none_or(|seen| seen.width == 300), "{mime}");
    }
    assert_eq!(picture(&spooled(b"\xFF\xD8\xFF not a picture").await, "image/jpeg").await, None);
    assert_eq!(picture(&spooled(b"%PDF-1.7").await, "application/pdf").await, None);
}

/// Answers every connection with this, and counts them.
async fn server(answer: impl Fn(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let _ = stream.write_all(answer(request.split(' ').nth(1).unwrap_or_default()).as_bytes()).await;
        }
    });
    port
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn only_public_addresses_are_fetched() {
    let fetcher = Fetcher::new(Vec::new()).unwrap();
    let port = server(|_| panic!("the guard let a request through")).await;
    let private = [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "192.168.0.1",
        "100.64.0.1",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
    ];
    for host in private {
        let url: Url = format!("http://{host}:{port}/file").parse().unwrap();
        assert_eq!(fetcher.fetch(&url, 10).await.unwrap_err(), FetchError::Private, "{host}");
    }
    for url in ["file:///etc/passwd", "ftp://example.com/x", "http://user:password@example.com/", "data:,x"] {
        assert_eq!(fetcher.fetch(&url.parse().unwrap(), 10).await.unwrap_err(), FetchError::NotWeb, "{url}");
    }
}

#[tokio::test]
async fn a_file_is_fetched_with_its_name_and_each_redirect_is_checked() {
    let port = server(|path| match path {
        "/a/offer%20one.txt?x=1" => {
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\nHola".to_owned()
        }
        "/once" => redirect("/a/offer%20one.txt?x=1"),
        "/inside" => redirect("http://127.0.0.2/"),
        "/metadata" => redirect("http://169.254.169.254/latest/meta-data"),
        "/file" => redirect("file:///etc/passwd"),
        "/round" => redirect("/round"),
        "/endless" => format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(100)),
        "/announced" => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_owned(),
        "/cut" => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nHo".to_owned(),
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    })
    .await;
    let fetcher = Fetcher::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let fetch = async |path: &str| {
        fetcher.fetch(&format!("http://127.0.0.1:{port}{path}").parse().unwrap(), 50).await
    };
    for path in ["/a/offer%20one.txt?x=1", "/once"] {
        let fetched = fetch(path).await.unwrap();
        assert_eq!((fetched.content.size, fetched.file_name.as_deref()), (4, Some("offer one.txt")));
        assert_eq!(fetched.mime_type.as_deref(), Some("text/plain"));
        assert_eq!(fetched.content.head, b"Hola");
    }
    let table = [
        ("/inside", FetchError::Private),
        ("/metadata", FetchError::Private),
        ("/file", FetchError::NotWeb),
        ("/round", FetchError::TooManyRedirects),
        ("/endless", FetchError::TooLarge(50)),
        ("/announced", FetchError::TooLarge(50)),
        ("/cut", FetchError::Unreachable),
        ("/nothing", FetchError::Refused(404)),
    ];
    for (path, error) in table {
        assert_eq!(fetch(path).await.unwrap_err(), error, "{path}");
    }
}
