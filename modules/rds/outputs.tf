output "database_name" {
  description = "Database that the instance was created with."
  value       = local.database_name
}

output "environment" {
  description = "libpq variables for a service that uses this instance's own database: PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE."
  value = {
    PGHOST     = aws_db_instance.this.address
    PGPORT     = tostring(aws_db_instance.this.port)
    PGDATABASE = local.database_name
    PGUSER     = var.username
    PGSSLMODE  = "require"
  }
}

output "host" {
  description = "Host name of the instance."
  value       = aws_db_instance.this.address
}

output "instance_id" {
  description = "Identifier of the instance; the DBInstanceIdentifier dimension of CloudWatch metrics."
  value       = aws_db_instance.this.identifier
}

output "port" {
  description = "Port that Postgres listens on."
  value       = aws_db_instance.this.port
}

output "secret_arn" {
  description = "ARN of the secret {username, password, url}; known once its value is written."
  value       = aws_secretsmanager_secret.this.arn
  depends_on  = [aws_secretsmanager_secret_version.this]
}

output "secrets" {
  description = "ECS secrets for a service that uses this instance's own database: PGPASSWORD and DATABASE_URL as valueFrom strings."
  value = {
    PGPASSWORD   = "${aws_secretsmanager_secret.this.arn}:password::"
    DATABASE_URL = "${aws_secretsmanager_secret.this.arn}:url::"
  }
  depends_on = [aws_secretsmanager_secret_version.this]
}

output "security_group_id" {
  description = "ID of the instance's security group."
  value       = aws_security_group.this.id
}

output "username" {
  description = "Name of the master role."
  value       = var.username
}
