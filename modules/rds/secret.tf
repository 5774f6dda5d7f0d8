# Deleted at once even when protected: the password is no data (raising password_version writes a new one), and a name that
# stays taken for days would stand in the way of applying again.
resource "aws_secretsmanager_secret" "this" {
  name                    = var.secret_name
  description             = "Master role of Postgres instance ${var.name}"
  recovery_window_in_days = 0

  tags = { Name = var.secret_name }
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  secret_string_wo = jsonencode({
    username = var.username
    password = var.password
    url      = "postgres://${var.username}:${var.password}@${aws_db_instance.this.address}:${aws_db_instance.this.port}/${local.database_name}?sslmode=require"
  })
  secret_string_wo_version = var.password_version
}
