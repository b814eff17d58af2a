// Where Chromium is. Run by itself it ends with 1 if there is none.
import { existsSync } from "node:fs";

const PLACES = [process.env.RECADO_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const chromium = PLACES.find((place) => place && existsSync(place));

if (!chromium) {
  console.error("no Chromium was found: install it, or set RECADO_CHROMIUM to its program");
  process.exit(1);
}
