"""The bundled portal: a page is one GraphQL document and one template of the same name."""
