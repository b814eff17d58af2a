//! Ranges of codes that Meta documents as one.

use super::Fault::{Account, Us};
use super::Retry::{Later, Never};
use super::{CatalogueEntry, code, text};
use std::ops::RangeInclusive;

pub(super) const FAMILIES: &[(RangeInclusive<i64>, CatalogueEntry)] = &[
    (
        201..=299,
        code(201, Account, Never).says(
            text("Permission missing", "Falta un permiso"),
            text(
                "The token lacks a permission for this call.",
                "Al token le falta un permiso para esta llamada.",
            ),
            text(
                "Connect the account again and grant all the permissions it asks for.",
                "Conectar la cuenta de nuevo y conceder todos los permisos que se piden.",
            ),
        ),
    ),
    (
        131_200..=131_299,
        code(131_200, Us, Never).says(
            text("Group call refused", "Operación de grupo rechazada"),
            text("Meta refused something about a group.", "Meta rechazó algo relacionado con un grupo."),
            text("Read the details.", "Leer los detalles."),
        ),
    ),
    (
        138_000..=138_018,
        code(138_000, Us, Never).says(
            text("Call refused", "Llamada rechazada"),
            text("Meta refused something about a call.", "Meta rechazó algo relacionado con una llamada."),
            text(
                "Read the details; check that calling is on for this number.",
                "Leer los detalles; comprobar que las llamadas estén activadas en este número.",
            ),
        ),
    ),
    (
        139_001..=139_004,
        code(139_001, Us, Never).says(
            text("Flow not usable", "El flujo no se puede usar"),
            text("The flow could not be used.", "No se pudo usar el flujo."),
            text(
                "See what is wrong with the flow in WhatsApp Manager.",
                "Ver en el Administrador de WhatsApp qué le pasa al flujo.",
            ),
        ),
    ),
    (
        141_000..=141_999,
        code(141_000, Account, Later).says(
            text("Account not healthy", "La cuenta tiene problemas"),
            text(
                "Meta's health check found something that stops the account.",
                "La revisión de Meta encontró algo que detiene la cuenta.",
            ),
            text(
                "See the account's health in WhatsApp Manager; Meta names the solution there.",
                "Ver el estado de la cuenta en el Administrador de WhatsApp; Meta indica allí la solución.",
            ),
        ),
    ),
    (
        147_002..=147_005,
        code(147_002, Account, Never).says(
            text("Username not possible", "Nombre de usuario no admitido"),
            text(
                "The business username cannot be set.",
                "No se puede poner ese nombre de usuario de empresa.",
            ),
            text("Read the details and choose another.", "Leer los detalles y elegir otro."),
        ),
    ),
];
