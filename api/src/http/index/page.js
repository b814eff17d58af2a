"use strict";
const at = (id) => document.getElementById(id);
const examples = JSON.parse(at("examples").textContent);
