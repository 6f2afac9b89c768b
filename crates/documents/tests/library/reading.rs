use std::io::Write;
use std::time::Duration;

use doorward_documents::{Limits, NewDocument, Settings, Source, State, Unique, Window};

use crate::world::{Plan, World, person};

async fn read(world: &World, name: &str, content: &[u8]) -> Result<String, String> {
    let new =
        NewDocument { unique: Unique::Nothing, ..NewDocument::new(name, Source::Bytes(content.to_vec())) };
    let document = world.library.add(person(1), new).await.unwrap();
    let document = world.library.settled(person(1), document.id).await.unwrap();
    match document.state {
        State::Ready => {
            let window = Window { offset: 0, limit: 1_000 };
            let chunks = world.library.chunks(person(1), document.id, window).await.unwrap().items;
            Ok(chunks.into_iter().map(|chunk| chunk.text).collect::<Vec<_>>().join("|"))
        }
        State::Failed(reason) => Err(reason),
        other => panic!("{other:?}"),
    }
}

fn docx(document: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("word/document.xml", options).unwrap();
    archive.write_all(document.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

fn pdf(words: &str) -> Vec<u8> {
    use lopdf::content::{Content, Operation};
    use lopdf::{Document, Object, Stream, dictionary};
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier",
    });
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let content = Content {
        operations: vec![
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec!["F1".into(), 12.into()]),
            Operation::new("Td", vec![100.into(), 600.into()]),
            Operation::new("Tj", vec![Object::string_literal(words)]),
            Operation::new("ET", vec![]),
        ],
    };
    let content = document.add_object(Stream::new(dictionary! {}, content.encode().unwrap()));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, Object::Dictionary(kids));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn each_kind_of_file_is_read() {
    let world = World::new().await;
    let word = "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>Red &amp; </w:t></w:r><w:r><w:t>gr&#246;n</w:t></w:r></w:p>\
                <w:p><w:r><w:t>Second</w:t></w:r></w:p></w:body></w:document>";
    let html = "<html><head><title>Foxes</title><style>p{color:red}</style><script>var x='<p>no</p>'</script></head>\
                <body><p>are <b>red</b> &amp; quick</p><p>Hunt.</p></body></html>";
    for (name, content, expected) in [
        ("a.txt", "\u{feff}plain \u{2}text\r\n".as_bytes().to_vec(), "plain text"),
        (
            "a.md",
            b"# Head\n\nSome *words* and `code`.\n\n- one\n- two\n".to_vec(),
            "Head\n\nSome words and code.\n\none\ntwo",
        ),
        ("a.html", html.as_bytes().to_vec(), "Foxes\n\nare red & quick\n\nHunt."),
        ("a.csv", b"name;age\nada;36\nbob;\n".to_vec(), "name: ada\nage: 36\n\nname: bob"),
        ("a.json", br#"{"a":{"b":[1,"two"]},"c":true}"#.to_vec(), "a.b: 1\na.b: two\n\nc: true"),
        ("a.docx", docx(word), "Red & grön\n\nSecond"),
        ("a.pdf", pdf("Words of a page"), "Words of a page"),
    ] {
        assert_eq!(read(&world, name, &content).await.as_deref(), Ok(expected), "{name}");
    }
}

#[tokio::test]
async fn files_that_are_not_what_they_say_fail_with_a_reason() {
    let world = World::new().await;
    for name in ["a.pdf", "a.docx", "a.json"] {
        assert!(read(&world, name, b"rubbish").await.unwrap_err().starts_with("This is no"), "{name}");
    }
    assert!(read(&world, "a.txt", b"a\0b").await.unwrap_err().contains("not text"));
    assert!(read(&world, "a.html", b"<p> </p>").await.unwrap_err().contains("no text"));
}

#[tokio::test]
async fn what_unpacks_to_more_than_is_searched_fails() {
    let limits = Limits { text_bytes: 100_000, ..Limits::default() };
    let world =
        World::with(Plan { settings: Settings { limits, ..Settings::default() }, ..Plan::default() }).await;
    let bomb =
        docx(&format!("<w:document xmlns:w=\"w\"><w:t>{}</w:t></w:document>", "a ".repeat(20_000_000)));
    assert!(bomb.len() < 400_000, "{}", bomb.len());

    assert!(read(&world, "a.docx", &bomb).await.is_err());
    assert!(read(&world, "a.txt", &vec![b'a'; 200_000]).await.unwrap_err().contains("more text"));
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&world, "a.json", nested.as_bytes()).await.is_err());
    let tags = "<div>".repeat(20_000);
    assert!(read(&world, "a.html", format!("{tags}deep").as_bytes()).await.is_ok());
}

#[tokio::test]
async fn reading_ends_when_its_time_is_over() {
    let limits = Limits { parse_time: Duration::ZERO, ..Limits::default() };
    let world =
        World::with(Plan { settings: Settings { limits, ..Settings::default() }, ..Plan::default() }).await;

    let long = "a word. ".repeat(1_000);

    assert!(read(&world, "a.txt", long.as_bytes()).await.unwrap_err().contains("too long"));
}
