mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name                      = "shop-brave-otter"
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1", "subnet-2"]
  client_security_group_ids = { tasks = "sg-tasks", admin = "sg-admin" }
  password                  = "abcdefghijklmnop0123456789"
  protected                 = false
  secret_name               = "shop/brave-otter/database"
}

run "preview" {
  assert {
    condition     = !aws_db_instance.this.publicly_accessible && aws_db_instance.this.storage_encrypted && aws_db_instance.this.storage_type == "gp3"
    error_message = "private, encrypted, gp3"
  }

  assert {
    condition     = one(aws_db_parameter_group.this.parameter).name == "rds.force_ssl" && one(aws_db_parameter_group.this.parameter).value == "1" && aws_db_parameter_group.this.family == "postgres17"
    error_message = "TLS is forced"
  }

  assert {
    condition     = aws_db_instance.this.backup_retention_period == 0 && aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.deletion_protection && !aws_db_instance.this.multi_az && aws_db_instance.this.apply_immediately && aws_db_instance.this.delete_automated_backups
    error_message = "quick to make and to destroy, from birth [22]"
  }

  assert {
    condition     = aws_secretsmanager_secret.this.recovery_window_in_days == 0
    error_message = "the secret's name is free again at once [24][P11]"
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.client["tasks"].referenced_security_group_id == "sg-tasks" && aws_vpc_security_group_ingress_rule.client["admin"].referenced_security_group_id == "sg-admin" && aws_vpc_security_group_ingress_rule.client["admin"].from_port == 5432
    error_message = "the clients and nobody else"
  }

  assert {
    condition     = length(aws_security_group.this.ingress) + length(aws_security_group.this.egress) == 0
    error_message = "rules are resources of their own: groups that name each other can be taken apart [19]"
  }

  assert {
    condition     = aws_db_instance.this.password == null && aws_db_instance.this.password_wo == null && aws_secretsmanager_secret_version.this.secret_string_wo == null
    error_message = "the password is in no state"
  }

  assert {
    condition     = output.environment.PGHOST == "mock.abcdefghijkl.us-east-1.rds.amazonaws.com" && output.environment.PGDATABASE == "postgres" && output.environment.PGUSER == "devtool_admin" && output.environment.PGSSLMODE == "require"
    error_message = "libpq variables"
  }

  assert {
    condition     = output.secrets.PGPASSWORD == "${output.secret_arn}:password::" && output.secrets.DATABASE_URL == "${output.secret_arn}:url::"
    error_message = "valueFrom strings"
  }
}

run "protected" {
  variables {
    protected     = true
    database_name = "shop_production"
    storage       = 50
  }

  assert {
    condition     = aws_db_instance.this.backup_retention_period == 7 && !aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.final_snapshot_identifier == "shop-brave-otter-final" && aws_db_instance.this.deletion_protection && !aws_db_instance.this.delete_automated_backups
    error_message = "backups, final snapshot, deletion protection"
  }

  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.performance_insights_enabled && !aws_db_instance.this.apply_immediately && aws_db_instance.this.max_allocated_storage == 100
    error_message = "standby, insights, maintenance window, room to grow"
  }

  assert {
    condition     = aws_secretsmanager_secret.this.recovery_window_in_days == 0 && output.environment.PGDATABASE == "shop_production"
    error_message = "its own database"
  }
}

run "protected_in_one_zone" {
  command = plan

  variables {
    protected = true
    multi_az  = false
  }

  assert {
    condition     = !aws_db_instance.this.multi_az
    error_message = "multi_az has the last word"
  }
}
