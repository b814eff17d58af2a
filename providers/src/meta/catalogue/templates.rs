//! Templates and the flows in them.

use super::Fault::{Account, Us};
use super::Retry::{Later, Never};
use super::{Section, code, text};

pub(super) const SECTION: Section = Section {
    heading: text("Templates and flows", "Plantillas y flujos"),
    entries: &[
        code(132_000, Us, Never).says(
            text("Wrong number of variables", "Número de variables incorrecto"),
            text(
                "The values do not match the variables of the template.",
                "Los valores no coinciden con las variables de la plantilla.",
            ),
            text(
                "Fill in exactly the template's variables; sync the templates if it was changed.",
                "Rellenar exactamente las variables de la plantilla; sincronizar las plantillas si se ha \
                 cambiado.",
            ),
        ),
        code(132_001, Us, Never).says(
            text("Template not found", "Plantilla no encontrada"),
            text(
                "There is no approved template of this name in this language.",
                "No hay ninguna plantilla aprobada con este nombre en este idioma.",
            ),
            text(
                "Sync the templates and choose a language that exists.",
                "Sincronizar las plantillas y elegir un idioma que exista.",
            ),
        ),
        code(132_005, Us, Never).says(
            text("Text too long", "Texto demasiado largo"),
            text(
                "With its values filled in, the template is too long.",
                "Con sus valores puestos, la plantilla es demasiado larga.",
            ),
            text("Shorten the values.", "Acortar los valores."),
        ),
        code(132_007, Account, Never).says(
            text("Content against policy", "Contenido contrario a las políticas"),
            text(
                "The template breaks WhatsApp's content policy.",
                "La plantilla incumple la política de contenido de WhatsApp.",
            ),
            text(
                "Change the template and have it approved again.",
                "Cambiar la plantilla y pedir que se apruebe de nuevo.",
            ),
        ),
        code(132_008, Us, Never).says(
            text("A variable has a wrong value", "Una variable tiene un valor incorrecto"),
            text("A value of the template is not valid.", "Un valor de la plantilla no es válido."),
            text("Correct the value that the details name.", "Corregir el valor que indican los detalles."),
        ),
        code(132_012, Us, Never).says(
            text("A variable has a wrong form", "Una variable tiene una forma incorrecta"),
            text(
                "A value is of another type than the template's variable, or has line breaks or runs of \
                 spaces.",
                "Un valor es de otro tipo que la variable de la plantilla, o lleva saltos de línea o \
                 espacios seguidos.",
            ),
            text(
                "Correct the value; write it on one line.",
                "Corregir el valor; escribirlo en una sola línea.",
            ),
        ),
        code(132_015, Account, Later).says(
            text("Template paused", "Plantilla en pausa"),
            text(
                "Meta has paused the template, because customers rated it low.",
                "Meta ha puesto en pausa la plantilla porque los clientes la valoraron mal.",
            ),
            text(
                "Wait until the pause ends, or improve the template.",
                "Esperar a que termine la pausa o mejorar la plantilla.",
            ),
        ),
        code(132_016, Account, Never).says(
            text("Template disabled", "Plantilla desactivada"),
            text(
                "Meta has disabled the template for good after several pauses.",
                "Meta ha desactivado la plantilla para siempre tras varias pausas.",
            ),
            text("Make a new template with other content.", "Crear una plantilla nueva con otro contenido."),
        ),
        code(132_018, Us, Never).says(
            text("Variables do not fit", "Las variables no encajan"),
            text(
                "The values do not fit the template's variables.",
                "Los valores no encajan con las variables de la plantilla.",
            ),
            text("Read the details and correct the values.", "Leer los detalles y corregir los valores."),
        ),
        code(132_068, Account, Later).says(
            text("Flow blocked", "Flujo bloqueado"),
            text("The flow in this message is blocked.", "El flujo de este mensaje está bloqueado."),
            text(
                "See what is wrong with the flow in WhatsApp Manager.",
                "Ver en el Administrador de WhatsApp qué le pasa al flujo.",
            ),
        ),
        code(132_069, Account, Later).says(
            text("Flow slowed down", "Flujo limitado"),
            text(
                "The flow had many errors, so it may be sent 10 times an hour only.",
                "El flujo tuvo muchos errores, así que solo se puede enviar 10 veces por hora.",
            ),
            text("Mend the flow, then send again later.", "Arreglar el flujo y enviar de nuevo más tarde."),
        ),
        code(139_000, Us, Never).says(
            text("Flow not usable", "El flujo no se puede usar"),
            text("The flow could not be used.", "No se pudo usar el flujo."),
            text(
                "See what is wrong with the flow in WhatsApp Manager.",
                "Ver en el Administrador de WhatsApp qué le pasa al flujo.",
            ),
        ),
        code(2_388_019, Account, Never).says(
            text("Too many templates", "Demasiadas plantillas"),
            text(
                "The account has as many templates as it may have.",
                "La cuenta tiene tantas plantillas como puede tener.",
            ),
            text(
                "Delete templates that nobody uses, or have the business verified for a higher limit.",
                "Eliminar las plantillas que nadie use, o verificar la empresa para tener un límite mayor.",
            ),
        ),
        code(2_388_039, Us, Never).says(
            text("Template cannot be changed now", "La plantilla no se puede cambiar ahora"),
            text(
                "The template is in review, or was changed too often.",
                "La plantilla está en revisión o se cambió demasiadas veces.",
            ),
            text(
                "Wait for the review, or until tomorrow.",
                "Esperar a que termine la revisión, o hasta mañana.",
            ),
        ),
        code(2_388_040, Us, Never).says(
            text("A field is too long", "Un campo es demasiado largo"),
            text(
                "A field of the template is longer than allowed.",
                "Un campo de la plantilla es más largo de lo permitido.",
            ),
            text("Shorten the field that the details name.", "Acortar el campo que indican los detalles."),
        ),
        code(2_388_047, Us, Never).says(
            text("Header not valid", "Encabezado no válido"),
            text(
                "The form of the template's header is not valid.",
                "La forma del encabezado de la plantilla no es válida.",
            ),
            text("Correct the header.", "Corregir el encabezado."),
        ),
        code(2_388_072, Us, Never).says(
            text("Body not valid", "Cuerpo no válido"),
            text(
                "The form of the template's body is not valid.",
                "La forma del cuerpo de la plantilla no es válida.",
            ),
            text("Correct the body.", "Corregir el cuerpo."),
        ),
        code(2_388_073, Us, Never).says(
            text("Footer not valid", "Pie no válido"),
            text(
                "The form of the template's footer is not valid.",
                "La forma del pie de la plantilla no es válida.",
            ),
            text("Correct the footer; it takes no variables.", "Corregir el pie; no admite variables."),
        ),
        code(2_388_293, Us, Never).says(
            text("Too many variables", "Demasiadas variables"),
            text(
                "The template has too many variables for the length of its text.",
                "La plantilla tiene demasiadas variables para la longitud de su texto.",
            ),
            text("Write more text or use fewer variables.", "Escribir más texto o usar menos variables."),
        ),
        code(2_388_299, Us, Never).says(
            text("A variable at the edge", "Una variable en el borde"),
            text(
                "A variable stands at the start or the end of the text.",
                "Hay una variable al principio o al final del texto.",
            ),
            text("Put words before and behind it.", "Poner palabras delante y detrás de ella."),
        ),
    ],
};
