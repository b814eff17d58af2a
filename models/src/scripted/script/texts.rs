//! What the bakery says, within WhatsApp's limits.

use super::words::Language;

/// A title, and rows with an id, a title and a description.
pub(super) type Section = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// In one language. `{number}` stands for the number of an order.
pub(super) struct Texts {
    pub(super) greeting: &'static str,
    pub(super) unknown: &'static str,
    /// Ids and titles.
    pub(super) buttons: [(&'static str, &'static str); 3],
    pub(super) menu_body: &'static str,
    pub(super) menu_button: &'static str,
    pub(super) menu: [Section; 2],
    pub(super) hours: &'static str,
    pub(super) delivery: &'static str,
    pub(super) order: &'static str,
    pub(super) order_buttons: [(&'static str, &'static str); 3],
    pub(super) order_found: &'static str,
    pub(super) hand_off: &'static str,
    pub(super) person_summary: &'static str,
    pub(super) complaint_summary: &'static str,
}

pub(super) fn of(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
        Language::Portuguese => &PORTUGUESE,
    }
}

const ENGLISH: Texts = Texts {
    greeting: "Hello! I am the bakery's assistant, a computer program. What can I do for you?",
    unknown: "I am not sure that I understand. Is it one of these?",
    buttons: [("menu", "Our menu"), ("hours", "Opening hours"), ("person", "Talk to a person")],
    menu_body: "Fresh every morning. What would you like to know more about?",
    menu_button: "See the menu",
    menu: [
        (
            "Bread",
            &[
                ("sourdough", "Sourdough loaf", "1 kg, wheat and rye, 4.20"),
                ("seeds", "Seed loaf", "750 g, sunflower and linseed, 3.90"),
                ("baguette", "Baguette", "250 g, 1.30"),
            ],
        ),
        (
            "Cakes",
            &[
                ("cheesecake", "Cheesecake", "8 pieces, 24.00"),
                ("carrot", "Carrot cake", "8 pieces, with walnuts, 22.00"),
                ("chocolate", "Chocolate cake", "10 pieces, 28.00"),
            ],
        ),
    ],
    hours: "We are open from Tuesday to Saturday from 7:30 to 20:00, and on Sunday until 14:00. On Monday we bake nothing.",
    delivery: "We bring orders of 15 and more to your door, within 5 km, between 9:00 and 13:00. It costs 2.50.",
    order: "I look after it. What is it about? With the order's number I can tell you where it is.",
    order_buttons: [
        ("late", "It has not arrived"),
        ("change", "Change my order"),
        ("person", "Talk to a person"),
    ],
    order_found: "Order {number} is in the oven. It leaves the shop today before noon.",
    hand_off: "I have told my colleagues. Somebody will write to you here.",
    person_summary: "The customer wants to talk to a person.",
    complaint_summary: "The customer is not satisfied with an order.",
};

const SPANISH: Texts = Texts {
    greeting: "¡Hola! Soy el asistente de la panadería, un programa. ¿En qué puedo ayudarte?",
    unknown: "No estoy seguro de entenderte. ¿Es algo de esto?",
    buttons: [("menu", "Nuestra carta"), ("hours", "Horario"), ("person", "Hablar con alguien")],
    menu_body: "Recién hecho cada mañana. ¿De qué quieres saber más?",
    menu_button: "Ver la carta",
    menu: [
        (
            "Panes",
            &[
                ("sourdough", "Pan de masa madre", "1 kg, trigo y centeno, 4,20"),
                ("seeds", "Pan de semillas", "750 g, girasol y lino, 3,90"),
                ("baguette", "Baguette", "250 g, 1,30"),
            ],
        ),
        (
            "Tartas",
            &[
                ("cheesecake", "Tarta de queso", "8 porciones, 24,00"),
                ("carrot", "Tarta de zanahoria", "8 porciones, con nueces, 22,00"),
                ("chocolate", "Tarta de chocolate", "10 porciones, 28,00"),
            ],
        ),
    ],
    hours: "Abrimos de martes a sábado de 7:30 a 20:00, y el domingo hasta las 14:00. El lunes descansamos.",
    delivery: "Llevamos a casa los pedidos desde 15, a menos de 5 km, entre las 9:00 y las 13:00. Cuesta 2,50.",
    order: "Lo miro. ¿De qué se trata? Con el número del pedido te digo por dónde va.",
    order_buttons: [
        ("late", "No ha llegado"),
        ("change", "Cambiar mi pedido"),
        ("person", "Hablar con alguien"),
    ],
    order_found: "El pedido {number} está en el horno. Sale de la tienda hoy antes de mediodía.",
    hand_off: "He avisado a mis compañeros. Alguien te escribirá por aquí.",
    person_summary: "El cliente quiere hablar con una persona.",
    complaint_summary: "El cliente no está contento con un pedido.",
};

const PORTUGUESE: Texts = Texts {
    greeting: "Olá! Sou o assistente da padaria, um programa. Em que posso ajudar?",
    unknown: "Não sei se entendi bem. É alguma destas coisas?",
    buttons: [("menu", "O nosso cardápio"), ("hours", "Horário"), ("person", "Falar com alguém")],
    menu_body: "Feito todas as manhãs. Sobre o que quer saber mais?",
    menu_button: "Ver o cardápio",
    menu: [
        (
            "Pães",
            &[
                ("sourdough", "Pão de massa mãe", "1 kg, trigo e centeio, 4,20"),
                ("seeds", "Pão de sementes", "750 g, girassol e linhaça, 3,90"),
                ("baguette", "Baguete", "250 g, 1,30"),
            ],
        ),
        (
            "Bolos",
            &[
                ("cheesecake", "Bolo de queijo", "8 fatias, 24,00"),
                ("carrot", "Bolo de cenoura", "8 fatias, com nozes, 22,00"),
                ("chocolate", "Bolo de chocolate", "10 fatias, 28,00"),
            ],
        ),
    ],
    hours: "Abrimos de terça a sábado das 7:30 às 20:00, e no domingo até às 14:00. Na segunda descansamos.",
    delivery: "Levamos a casa pedidos a partir de 15, até 5 km, entre as 9:00 e as 13:00. Custa 2,50.",
    order: "Vou ver. De que se trata? Com o número do pedido digo onde está.",
    order_buttons: [("late", "Não chegou"), ("change", "Alterar o pedido"), ("person", "Falar com alguém")],
    order_found: "O pedido {number} está no forno. Sai da loja hoje antes do meio-dia.",
    hand_off: "Avisei os meus colegas. Alguém vai escrever-lhe por aqui.",
    person_summary: "O cliente quer falar com uma pessoa.",
    complaint_summary: "O cliente não está satisfeito com um pedido.",
};
