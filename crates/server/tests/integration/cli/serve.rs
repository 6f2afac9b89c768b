//! What `doorward serve` tells the person and the program that have started it.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use doorward_testkit::{RealServer, free_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");

#[test]
fn the_service_manager_hears_when_it_is_ready_and_when_it_stops() {
    let folder = free_folder();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let heard = || {
        let mut news = [0; 64];
        let length = manager.recv(&mut news).unwrap();
        String::from_utf8_lossy(&news[..length]).into_owned()
    };
    let variables = [("NOTIFY_SOCKET", path.to_str().unwrap())];

    let server = RealServer::start_with(BINARY, folder.path(), "", &variables);
    assert_eq!(heard(), "READY=1");
    assert!(server.stop().success());

    assert_eq!(heard(), "STOPPING=1");
}

#[test]
fn the_greeting_says_where_to_go() {
    let folder = free_folder();
    let settings = "[metrics]\nbind = \"127.0.0.1:0\"\n";

    let server = RealServer::start(BINARY, folder.path(), settings);

    let address = server.address;
    for line in [
        format!("Doorward listens on http://{address}\n"),
        format!("http://{address}/docs/\n"),
        "admin@example.com\n".to_owned(),
        "(shown this once)\n".to_owned(),
    ] {
        assert!(server.greeting.contains(&line), "{line} is not in {}", server.greeting);
    }
    assert!(!server.greeting.contains(":0/metrics"), "{}", server.greeting);
}
