use super::*;
use crate::model::{Tool, ToolChoice};

const TOOLS: [&str; 6] =
    ["send_text", "send_buttons", "send_list", "search_knowledge", "handoff_to_human", "no_reply"];

fn user(text: &str) -> Turn {
    Turn::User(text.to_owned())
}

fn asked(turns: Vec<Turn>, tools: &[&str]) -> Completion {
    let tool = |name: &&str| Tool {
        name: (*name).to_owned(),
        description: String::new(),
        parameters: json!({ "type": "object" }),
    };
    answer(&Request {
        model: "script".to_owned(),
        instructions: "Sell bread.".to_owned(),
        turns,
        tools: tools.iter().map(tool).collect(),
        tool_choice: ToolChoice::Auto,
        temperature: None,
        max_output_tokens: 100,
    })
}

/// The one call that a text leads to.
fn called(text: &str) -> ToolCall {
    let mut completion = asked(vec![user(text)], &TOOLS);
    assert_eq!((completion.text, completion.calls.len()), (None, 1), "{text}");
    assert!(completion.usage.output_tokens > 0 && completion.usage.input_tokens > 0);
    completion.calls.remove(0)
}

#[test]
fn what_customers_write_and_what_they_get() {
    for (text, tool, part) in [
        ("Hi!", "send_buttons", "Our menu"),
        ("¡Hola!", "send_buttons", "Nuestra carta"),
        ("Oi, bom dia!", "send_buttons", "O nosso cardápio"),
        ("Can I see the MENU?", "send_list", "Sourdough loaf"),
        ("¿Me puede pasar el catálogo?", "send_list", "Tarta de queso"),
        ("Vocês têm pão?", "send_list", "Bolo de queijo"),
        ("When do you close?", "send_text", "Tuesday"),
        ("¿A qué hora cerráis los sábados?", "send_text", "martes"),
        ("¿Hasta qué hora puedo retirar por el local?", "send_text", "martes"),
        ("A que horas abrem?", "send_text", "terça"),
        ("Do you ship to Canada?", "send_text", "5 km"),
        ("Buenas tardes, ¿hacen envíos a Puebla?", "send_text", "a menos de 5 km"),
        ("Vocês entregam em Guarulhos também?", "send_text", "até 5 km"),
        ("Where is my order?", "send_buttons", "It has not arrived"),
        ("Quiero saber de mi pedido", "send_buttons", "No ha llegado"),
        ("Oi, bom dia! O pedido 4021 já saiu para entrega?", "send_text", "O pedido 4021"),
        ("Perfecto, ¡muchas gracias!", "no_reply", "thanks"),
        ("Great, thank you!", "no_reply", "thanks"),
        ("Ótimo, obrigada!", "no_reply", "thanks"),
        ("OK, see you then", "no_reply", "thanks"),
        ("I want to talk to a person", "handoff_to_human", "customer_request"),
        ("Quiero hablar con alguien", "handoff_to_human", "El cliente quiere hablar"),
        ("Quero falar com um atendente", "handoff_to_human", "Avisei os meus colegas"),
        ("No me llegó la factura del mes pasado 😕", "handoff_to_human", "frustration"),
        ("My parcel came with a dent in the box, should I open it?", "handoff_to_human", "not satisfied"),
        ("Não chegou", "handoff_to_human", "frustration"),
        ("¿Puedo llevar a mi perro? Es pequeño 🐶", "search_knowledge", "perro"),
        ("Is there step-free access?", "search_knowledge", "step-free"),
        ("Queria alterar a minha reserva de sábado.", "send_buttons", "Não sei"),
        ("asdf", "send_buttons", "I am not sure"),
        ("", "send_buttons", "I am not sure"),
    ] {
        let call = called(text);
        let arguments = call.arguments.to_string();
        assert!(call.name == tool && arguments.contains(part), "{text}: {} {arguments}", call.name);
    }
}

#[test]
fn what_was_found_is_sent_on() {
    let with = |content: &str| {
        let call = called("¿Puedo llevar a mi perro?");
        let result = Turn::ToolResult {
            call_id: call.id.clone(),
            name: call.name.clone(),
            content: content.to_owned(),
        };
        let turns = vec![
            user("¿Puedo llevar a mi perro?"),
            Turn::Assistant { text: None, calls: vec![call] },
            result,
        ];
        asked(turns, &TOOLS).calls.remove(0)
    };
    for content in ["Los perros pueden entrar.", r#"[{"source_id":"1","text":"Los perros pueden entrar."}]"#]
    {
        let call = with(content);
        assert_eq!(
            (call.name.as_str(), call.arguments),
            ("send_text", json!({ "body": "Los perros pueden entrar." }))
        );
    }
    for nothing in ["", "[]", "{}", "null", "[{}]"] {
        assert_eq!(with(nothing).name, "send_buttons", "{nothing}");
    }
}

#[test]
fn what_was_done_is_not_done_again() {
    let sent = Turn::ToolResult {
        call_id: "1".to_owned(),
        name: "send_text".to_owned(),
        content: "sent".to_owned(),
    };
    let completion = asked(vec![user("When do you close?"), sent], &TOOLS);
    assert_eq!((completion.text, completion.calls), (None, vec![]));
}

#[test]
fn without_a_tool_there_are_words() {
    let completion = asked(vec![user("Can I see the menu?")], &["send_text"]);
    assert_eq!(
        (completion.text.as_deref(), completion.calls),
        (Some(texts::of(Language::English).menu_body), vec![])
    );
    let completion = asked(vec![user("Is there step-free access?")], &["send_buttons"]);
    assert_eq!(completion.calls[0].name, "send_buttons");
}

#[test]
fn the_language_of_earlier_words_holds() {
    let answered = Turn::Assistant { text: Some("Hello".to_owned()), calls: Vec::new() };
    let completion = asked(vec![user("¿Tienen tartas?"), answered, user("4021??")], &TOOLS);
    assert_eq!(completion.calls[0].name, "search_knowledge");
    let completion = asked(vec![user("¿Tienen tartas?"), user("menu")], &TOOLS);
    assert!(completion.calls[0].arguments.to_string().contains("Pan de masa madre"));
}

#[test]
fn buttons_lead_to_what_they_say() {
    for language in [Language::English, Language::Spanish, Language::Portuguese] {
        let texts = texts::of(language);
        for (id, title) in texts.buttons.iter().chain(&texts.order_buttons) {
            let expected = match *id {
                "menu" => Topic::Menu,
                "hours" => Topic::Hours,
                "person" => Topic::Person,
                _ => Topic::Complaint,
            };
            let said = Said::new(title);
            assert_eq!(said.topic(), expected, "{title}");
            assert!(said.language().is_none_or(|shown| shown == language), "{title}");
        }
    }
}

#[test]
fn whatsapp_s_limits() {
    let within = |text: &str, limit: usize| {
        assert!((1..=limit).contains(&text.chars().count()), "{text}");
    };
    for language in [Language::English, Language::Spanish, Language::Portuguese] {
        let texts = texts::of(language);
        let bodies =
            [texts.greeting, texts.unknown, texts.menu_body, texts.hours, texts.delivery, texts.order];
        bodies.iter().for_each(|body| within(body, 1_024));
        within(texts.hand_off, 1_024);
        within(texts.person_summary, 500);
        within(texts.complaint_summary, 500);
        within(texts.menu_button, 20);
        assert!(texts.order_found.contains("{number}"));
        texts.buttons.iter().chain(&texts.order_buttons).for_each(|(_, title)| within(title, 20));
        for (title, rows) in texts.menu {
            within(title, 24);
            for (_, title, description) in rows {
                within(title, 24);
                within(description, 72);
            }
        }
    }
}
