"use strict";

// Commands are for the address that the reader has come to.
const root = new URL(".", location.href).href.replace(/\/$/, "");
for (const place of document.querySelectorAll(".root")) place.textContent = root;

async function send(form) {
  const { path, body, token } = form.elements;
  const request = { method: form.dataset.method, headers: {} };
  if (body) {
    request.headers["Content-Type"] = "application/json";
    request.body = body.value;
  }
  if (token) request.headers.Authorization = `Bearer ${token.value}`;
  const answer = await fetch(root + path.value, request);
  const text = await answer.text();
  return `${answer.status} ${answer.statusText}\n${readable(text)}`;
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

for (const form of document.forms) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.elements.answer.value = await send(form).catch((error) => `No answer: ${error.message}`);
  });
}
