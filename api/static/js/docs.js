// This file is the start of the reader of the interface: the document and the reader both come from this server.

const place = document.getElementById("swagger");

/** @type {any} */ (window).SwaggerUIBundle({
  url: place?.dataset.url,
  domNode: place,
  deepLinking: true,
  docExpansion: "none", // groups open on demand: all operations open at once are more than the reader draws
  defaultModelsExpandDepth: 0,
  filter: true,
  validatorUrl: null,
  tryItOutEnabled: false,
  requestInterceptor: (/** @type {any} */ request) => {
    request.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
    return request;
  },
});
