output "environment" {
  description = "libpq variables for a service: PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE. Known once the database exists."
  value = {
    PGHOST     = var.host
    PGPORT     = tostring(var.port)
    PGDATABASE = var.name
    PGUSER     = var.role
    PGSSLMODE  = "require"
  }
  depends_on = [aws_lambda_invocation.this]
}

output "function_name" {
  description = "Name of the function that made the database."
  value       = aws_lambda_invocation.this.function_name
}

output "host" {
  description = "Host name of the instance."
  value       = var.host
}

output "name" {
  description = "Name of the database; known once it exists."
  value       = var.name
  depends_on  = [aws_lambda_invocation.this]
}

output "port" {
  description = "Port that the instance listens on."
  value       = var.port
}

output "role" {
  description = "Name of the login role; known once it exists."
  value       = var.role
  depends_on  = [aws_lambda_invocation.this]
}

output "secret_arn" {
  description = "ARN of the secret {username, password, url}; known once its value is written."
  value       = aws_secretsmanager_secret.this.arn
  depends_on  = [aws_secretsmanager_secret_version.this]
}

output "secrets" {
  description = "ECS secrets for a service: PGPASSWORD and DATABASE_URL as valueFrom strings. Known once the database exists."
  value = {
    PGPASSWORD   = "${aws_secretsmanager_secret.this.arn}:password::"
    DATABASE_URL = "${aws_secretsmanager_secret.this.arn}:url::"
  }
  depends_on = [aws_lambda_invocation.this]
}
