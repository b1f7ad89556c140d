"""The REST API of imports: upload a file, watch its job, settle the rows it could not take."""
