// Starts Swagger UI. Requests of a logged-in person carry the CSRF token, as those of the pages do.
"use strict";

const page = document.getElementById("swagger-ui");

SwaggerUIBundle({
  url: page.dataset.schema,
  dom_id: "#swagger-ui",
  deepLinking: true,
  // Its own default is a service of somebody else.
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes(request.method)) {
      request.headers["X-CSRFToken"] = page.dataset.csrfToken;
    }
    return request;
  },
});
