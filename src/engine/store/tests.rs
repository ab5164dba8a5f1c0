//! The whole way from a hub on loopback to verified weights, with everything that can go wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::testing::{Mood, Server, weights};
use super::*;

fn model() -> Published {
    Published {
        id: "tiny".to_owned(),
        repository: "owner/tiny".to_owned(),
        revision: "main".to_owned(),
        files: vec!["config.json".to_owned(), WEIGHTS.to_owned()],
        kind: Kind::Esm,
        good_for: String::new(),
        torch: Some("tiny.pt".to_owned()),
        base: None,
        members: Vec::new(),
        layers: 0,
        width: 1,
        licence: "MIT".to_owned(),
        parameters: "64".to_owned(),
        size: None,
        sha256: std::collections::BTreeMap::new(),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store {
        folder: folder.path().join("own"),
        hub_cache: Some(folder.path().join("hub")),
        torch_cache: Some(folder.path().join("torch")),
    };
    (folder, store)
}

#[test]
fn a_model_is_fetched_verified_and_found() {
    let server = Server::start(Mood::Guarded);
    let (_keep, store) = store();
    let model = model();
    assert_eq!(store.locate(&model), None);
    let folder = store.fetch(&model, &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
    assert!(!folder.join("model.safetensors.part").exists());
    let located = store.locate(&model).unwrap();
    assert!(!located.foreign);
    let verified = store.verify(&model, &()).unwrap();
    assert_eq!(verified.len(), 1);
    assert!(verified[0].is_right() && verified[0].expected.is_some());
    // A second fetch asks for nothing.
    let asked = server.requests().len();
    store.fetch(&model, &server.hub(), &()).unwrap();
    assert_eq!(server.requests().len(), asked);
    // A changed file is noticed.
    std::fs::write(folder.join(WEIGHTS), b"changed").unwrap();
    assert!(!store.verify(&model, &()).unwrap()[0].is_right());
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke() {
    let server = Server::start(Mood::Breaks(150));
    let (_keep, store) = store();
    let folder = store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
    let blobs: Vec<String> = server
        .requests()
        .into_iter()
        .filter(|r| r.starts_with("/cdn"))
        .collect();
    assert_eq!(blobs[0], "/cdn/blob  true");
    assert_eq!(blobs.len(), 3);
    for (i, blob) in blobs.iter().enumerate().skip(1) {
        assert_eq!(*blob, format!("/cdn/blob bytes={}- true", 150 * i));
    }
}

#[test]
fn what_arrived_is_kept_for_the_next_call() {
    let server = Server::start(Mood::Breaks(0));
    let (_keep, store) = store();
    let folder = store.folder_of(&model());
    std::fs::create_dir_all(&folder).unwrap();
    let part = folder.join("model.safetensors.part");
    std::fs::write(&part, &weights()[..50]).unwrap();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(matches!(error, StoreError::Transfer { .. }), "{error}");
    assert_eq!(std::fs::read(&part).unwrap(), &weights()[..50]);
    *server.mood.lock().unwrap() = Mood::Kind;
    store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
    assert!(server.requests().iter().any(|r| r.contains("bytes=50-")));
}

#[test]
fn a_part_that_is_whole_needs_nothing_more() {
    let server = Server::start(Mood::Kind);
    let (_keep, store) = store();
    let folder = store.folder_of(&model());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.safetensors.part"), weights()).unwrap();
    store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
}

#[test]
fn a_wrong_hash_is_refused_and_deleted() {
    let server = Server::start(Mood::WrongHash);
    let (_keep, store) = store();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(matches!(error, StoreError::Checksum { .. }), "{error}");
    let folder = store.folder_of(&model());
    assert!(!folder.join(WEIGHTS).exists() && !folder.join("model.safetensors.part").exists());
    let mut known = model();
    known.sha256.insert(WEIGHTS.to_owned(), "1".repeat(64));
    *server.mood.lock().unwrap() = Mood::Kind;
    let error = store.fetch(&known, &server.hub(), &()).unwrap_err();
    assert!(error.to_string().contains(&"1".repeat(64)), "{error}");
}

#[test]
fn missing_and_guarded_files_say_what_to_do() {
    let server = Server::start(Mood::Empty);
    let (_keep, store) = store();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    *server.mood.lock().unwrap() = Mood::Guarded;
    let hub = Hub::at(&server.address, None);
    let error = store.fetch(&model(), &hub, &()).unwrap_err();
    assert!(error.to_string().contains("HF_TOKEN"), "{error}");
}

#[test]
fn shards_are_fetched_by_their_index() {
    let server = Server::start(Mood::Sharded);
    let (_keep, store) = store();
    let folder = store.fetch(&model(), &server.hub(), &()).unwrap();
    assert!(folder.join("model-00001-of-00001.safetensors").exists());
    assert!(store.locate(&model()).is_some());
}

#[test]
fn nobody_but_the_hub_sees_the_token() {
    let storage = Server::start(Mood::Kind);
    let port = storage.address.rsplit(':').next().unwrap().parse().unwrap();
    let hub = Server::start(Mood::Elsewhere(port));
    let (_keep, store) = store();
    store.fetch(&model(), &hub.hub(), &()).unwrap();
    assert!(hub.requests().iter().all(|r| r.ends_with("true")));
    assert_eq!(storage.requests(), ["/cdn/blob  false"]);
}

#[test]
fn the_cache_of_other_programs_is_used() {
    let (keep, store) = store();
    let folder = keep.path().join("hub/models--owner--tiny");
    std::fs::create_dir_all(folder.join("refs")).unwrap();
    std::fs::create_dir_all(folder.join("snapshots/abc")).unwrap();
    std::fs::write(folder.join("refs/main"), "abc").unwrap();
    std::fs::write(folder.join("snapshots/abc").join(WEIGHTS), weights()).unwrap();
    let located = store.locate(&model()).unwrap();
    assert!(located.foreign);
    assert!(store.verify(&model(), &()).unwrap()[0].is_right());
}

#[test]
fn weights_are_imported_and_broken_ones_refused() {
    let (keep, store) = store();
    let file = keep.path().join("some.safetensors");
    std::fs::write(&file, weights()).unwrap();
    std::fs::write(keep.path().join("config.json"), "{}").unwrap();
    let pickle = keep.path().join("some.pt");
    std::fs::write(&pickle, b"PK\x03\x04").unwrap();
    let error = store.import(&model(), &pickle).unwrap_err();
    assert!(error.to_string().contains("no zip archive"), "{error}");
    let folder = store.import(&model(), &file).unwrap();
    assert!(folder.join("config.json").exists());
    assert!(store.verify(&model(), &()).unwrap()[0].is_right());
    let again = store.import(&model(), &file).unwrap_err();
    assert!(
        again.to_string().contains("holds weights already"),
        "{again}"
    );
}

#[test]
fn a_checkpoint_in_the_cache_of_pytorch_is_used_and_imported() {
    let (keep, store) = store();
    let family = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/esm_family");
    let folder = keep.path().join("torch");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("tiny.pt");
    std::fs::copy(family.join("fair_esm.pt"), &file).unwrap();
    assert!(store.locate(&model()).is_none(), "of another width");
    let fitting = Published {
        layers: 2,
        width: 16,
        ..model()
    };
    let located = store.locate(&fitting).unwrap();
    assert!(located.foreign && located.path == file);
    assert!(store.verify(&fitting, &()).unwrap()[0].is_right());
    let own = store.import(&fitting, &file).unwrap();
    assert!(own.join("tiny.pt").exists());
    let located = store.locate(&fitting).unwrap();
    assert!(!located.foreign && located.path == own);
}

#[test]
fn a_repository_with_pytorch_files_alone_is_fetched() {
    let server = Server::start(Mood::Pickled);
    let (_keep, store) = store();
    let fitting = Published {
        layers: 2,
        width: 16,
        ..model()
    };
    let folder = store.fetch(&fitting, &server.hub(), &()).unwrap();
    assert!(folder.join("pytorch_model.bin").exists());
    assert_eq!(store.locate(&fitting).unwrap().path, folder);
}

#[test]
fn a_page_to_log_in_is_never_called_the_file() {
    let server = Server::start(Mood::Login);
    let (_keep, store) = store();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(error.to_string().contains("web page"), "{error}");
    let folder = store.folder_of(&model());
    assert!(!folder.join("config.json").exists() && !folder.join("config.json.part").exists());
    // And where one got in, it is replaced.
    *server.mood.lock().unwrap() = Mood::Kind;
    std::fs::write(folder.join(WEIGHTS), b"<html>").unwrap();
    store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
}

#[test]
fn two_downloads_at_once_are_one_transfer() {
    let server = Server::start(Mood::Kind);
    let (_keep, store) = store();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store.fetch(&model(), &server.hub(), &()).unwrap());
        }
    });
    let blobs = server.requests();
    let blobs = blobs.iter().filter(|r| r.starts_with("/cdn")).count();
    assert_eq!(blobs, 1);
    assert!(store.verify(&model(), &()).unwrap()[0].is_right());
}

#[test]
fn weights_of_another_model_are_not_imported() {
    let (keep, store) = store();
    let file = keep.path().join("some.safetensors");
    std::fs::write(&file, weights()).unwrap();
    let larger = Published {
        width: 320,
        ..model()
    };
    let error = store.import(&larger, &file).unwrap_err().to_string();
    assert!(error.contains("width 1, not 0 of 320"), "{error}");
    let dance = Published {
        kind: Kind::Dance,
        ..model()
    };
    let error = store.import(&dance, &file).unwrap_err().to_string();
    assert!(error.contains("res_pred_nn"), "{error}");
    assert!(store.locate(&larger).is_none());
}
