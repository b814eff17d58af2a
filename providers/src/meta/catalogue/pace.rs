//! Rate limits, and hours in which Meta does not answer.

use super::Fault::{Meta, Us};
use super::Retry::{Later, Safe};
use super::{Section, code, text};

pub(super) const SECTION: Section = Section {
    heading: text("Pace and outages", "Ritmo y averías"),
    entries: &[
        code(1, Meta, Later).says(
            text("Unknown error at Meta", "Error desconocido en Meta"),
            text(
                "The request was invalid or Meta's server failed. A message may have gone out all the same.",
                "La petición no era válida o falló el servidor de Meta. Aun así, puede que el mensaje haya \
                 salido.",
            ),
            text(
                "Wait for the message's status. Look at metastatus.com for an outage; then decide by hand.",
                "Esperar el estado del mensaje. Consultar en metastatus.com si hay una avería y decidir \
                 después a mano.",
            ),
        ),
        code(2, Meta, Later).says(
            text("Meta is down or overloaded", "Meta caída o sobrecargada"),
            text(
                "The service was not available for a moment. A message may have gone out all the same.",
                "El servicio no estuvo disponible por un momento. Aun así, puede que el mensaje haya salido.",
            ),
            text(
                "Wait for the message's status, then decide by hand.",
                "Esperar el estado del mensaje y decidir después a mano.",
            ),
        ),
        code(4, Us, Safe).says(
            text("Too many calls of the app", "Demasiadas llamadas de la app"),
            text(
                "The Meta app has made more calls than it may in an hour. Nothing was processed.",
                "La app de Meta ha hecho más llamadas de las que se permiten en una hora. No se procesó \
                 nada.",
            ),
            text(
                "Nothing to do: the call is repeated more slowly.",
                "No hay que hacer nada: la llamada se repite más despacio.",
            ),
        ),
        code(17, Us, Safe).says(
            text("Too many calls of the user", "Demasiadas llamadas del usuario"),
            text(
                "The user behind the token has made too many calls. Nothing was processed.",
                "El usuario al que pertenece el token ha hecho demasiadas llamadas. No se procesó nada.",
            ),
            text(
                "Nothing to do: the call is repeated more slowly.",
                "No hay que hacer nada: la llamada se repite más despacio.",
            ),
        ),
        code(32, Us, Safe).says(
            text("Too many calls of the page", "Demasiadas llamadas de la página"),
            text(
                "Too many calls were made for this page. Nothing was processed.",
                "Se han hecho demasiadas llamadas para esta página. No se procesó nada.",
            ),
            text(
                "Nothing to do: the call is repeated more slowly.",
                "No hay que hacer nada: la llamada se repite más despacio.",
            ),
        ),
        code(341, Us, Safe).says(
            text("Too many calls for the user", "Demasiadas llamadas por el usuario"),
            text(
                "The app has made too many calls on this user's behalf. Nothing was processed.",
                "La app ha hecho demasiadas llamadas en nombre de este usuario. No se procesó nada.",
            ),
            text(
                "Nothing to do: the call is repeated more slowly.",
                "No hay que hacer nada: la llamada se repite más despacio.",
            ),
        ),
        code(613, Us, Safe).says(
            text("Too many calls", "Demasiadas llamadas"),
            text(
                "A rate limit of this call was reached. Nothing was processed.",
                "Se alcanzó el límite de esta llamada. No se procesó nada.",
            ),
            text(
                "Nothing to do: the call is repeated more slowly.",
                "No hay que hacer nada: la llamada se repite más despacio.",
            ),
        ),
        code(80007, Us, Safe).says(
            text("Account rate limit", "Límite de la cuenta"),
            text(
                "The WhatsApp account has made more calls than it may in an hour. Nothing was processed.",
                "La cuenta de WhatsApp ha hecho más llamadas de las que se permiten en una hora. No se \
                 procesó nada.",
            ),
            text(
                "Nothing to do: the call is repeated when Meta allows it again.",
                "No hay que hacer nada: la llamada se repite cuando Meta lo permita.",
            ),
        ),
        code(130_429, Us, Safe).says(
            text("Sending too fast", "Envío demasiado rápido"),
            text(
                "The number sends more messages a second than it may. Nothing was processed.",
                "El número envía más mensajes por segundo de los permitidos. No se procesó nada.",
            ),
            text(
                "Nothing to do: the message is sent again more slowly.",
                "No hay que hacer nada: el mensaje se envía de nuevo más despacio.",
            ),
        ),
        code(131_000, Meta, Later).says(
            text("Something went wrong at Meta", "Algo falló en Meta"),
            text(
                "Meta could not handle the message and does not say why. It may have gone out all the same.",
                "Meta no pudo tramitar el mensaje y no dice por qué. Aun así, puede que haya salido.",
            ),
            text(
                "Wait for the message's status, then decide by hand. If it happens often, ask Meta's \
                 support.",
                "Esperar el estado del mensaje y decidir después a mano. Si ocurre a menudo, preguntar al \
                 soporte de Meta.",
            ),
        ),
        code(131_016, Meta, Later).says(
            text("Meta's service is down", "Servicio de Meta caído"),
            text(
                "A service at Meta was not available for a moment. The message may have gone out all the \
                 same.",
                "Un servicio de Meta no estuvo disponible por un momento. Aun así, puede que el mensaje \
                 haya salido.",
            ),
            text(
                "Wait for the message's status, then decide by hand.",
                "Esperar el estado del mensaje y decidir después a mano.",
            ),
        ),
        code(131_056, Us, Safe).says(
            text("Too many messages to this customer", "Demasiados mensajes a este cliente"),
            text(
                "Too many messages went to this one customer in a short time. Nothing was processed.",
                "Se enviaron demasiados mensajes a este mismo cliente en poco tiempo. No se procesó nada.",
            ),
            text(
                "Nothing to do: the message is sent again after a pause.",
                "No hay que hacer nada: el mensaje se envía de nuevo tras una pausa.",
            ),
        ),
        code(131_057, Meta, Later).says(
            text("Account in maintenance", "Cuenta en mantenimiento"),
            text(
                "The number is in maintenance, usually for a minute while its throughput is raised. The \
                 message may have gone out.",
                "El número está en mantenimiento, normalmente un minuto, mientras se amplía su capacidad. \
                 Puede que el mensaje haya salido.",
            ),
            text(
                "Wait for the message's status, then decide by hand.",
                "Esperar el estado del mensaje y decidir después a mano.",
            ),
        ),
    ],
};
