resource "aws_secretsmanager_secret" "this" {
  name                    = var.secret_name
  description             = "Role ${var.role} of database ${var.name}"
  recovery_window_in_days = var.recovery_window_in_days

  tags = { Name = var.secret_name }
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  secret_string_wo = jsonencode({
    username = var.role
    password = var.password
    url      = "postgres://${var.role}:${var.password}@${var.host}:${var.port}/${var.name}?sslmode=require"
  })
  secret_string_wo_version = var.password_version
}

# Makes the database when this is created, sets the password again when its version rises, drops the database when this is
# destroyed. The input stands in the plan and in the state: it names the secret, the function reads it.
resource "aws_lambda_invocation" "this" {
  function_name   = var.admin_function_name
  lifecycle_scope = "CRUD"

  input = jsonencode({
    database         = var.name
    role             = var.role
    secret_arn       = aws_secretsmanager_secret.this.arn
    password_version = var.password_version
  })

  depends_on = [aws_secretsmanager_secret_version.this]
}
