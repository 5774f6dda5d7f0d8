locals {
  database_name = coalesce(var.database_name, "postgres")
  major_version = split(".", var.engine_version)[0]
  multi_az      = var.multi_az == null ? var.protected : var.multi_az
}

resource "aws_db_instance" "this" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class

  allocated_storage     = var.storage
  max_allocated_storage = var.protected ? 2 * var.storage : null
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name             = var.database_name
  username            = var.username
  password_wo         = var.password
  password_wo_version = var.password_version
  port                = var.port

  db_subnet_group_name   = aws_db_subnet_group.this.name
  parameter_group_name   = aws_db_parameter_group.this.name
  publicly_accessible    = false
  vpc_security_group_ids = [aws_security_group.this.id]

  iam_database_authentication_enabled = true

  # The version is the caller's word; within it Postgres keeps itself patched.
  allow_major_version_upgrade = true
  auto_minor_version_upgrade  = true

  # Everything that `protected` decides. A preview starts without the backup that is part of creation with a retention, and
  # goes without a snapshot; these flags act from state, hence from birth.
  apply_immediately               = !var.protected
  backup_retention_period         = var.protected ? 7 : 0
  copy_tags_to_snapshot           = true
  delete_automated_backups        = !var.protected
  deletion_protection             = var.protected
  enabled_cloudwatch_logs_exports = var.protected ? ["postgresql", "upgrade"] : []
  final_snapshot_identifier       = var.protected ? "${var.name}-final" : null
  multi_az                        = local.multi_az
  performance_insights_enabled    = var.protected
  skip_final_snapshot             = !var.protected

  tags = { Name = var.name }
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = { Name = var.name }
}

# Named by major version: an upgrade needs the new family beside the old one, which the instance still uses.
resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-pg${local.major_version}"
  description = "TLS only, for ${var.name}"
  family      = "postgres${local.major_version}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  tags = { Name = var.name }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "this" {
  name        = "${var.name}-rds"
  description = "Postgres instance ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-rds" }
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port

  tags = { Name = "${var.name}-${each.key}" }
}
