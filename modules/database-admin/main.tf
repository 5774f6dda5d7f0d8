locals {
  zip_path = coalesce(var.zip_path, "${path.module}/function.zip")
}

resource "aws_lambda_function" "this" {
  function_name                  = var.name
  description                    = "Makes and drops one database and role per environment"
  role                           = aws_iam_role.this.arn
  runtime                        = "nodejs22.x"
  architectures                  = ["arm64"]
  handler                        = "index.handler"
  filename                       = local.zip_path
  source_code_hash               = fileexists(local.zip_path) ? filebase64sha256(local.zip_path) : null
  memory_size                    = 256
  reserved_concurrent_executions = var.reserved_concurrency
  timeout                        = var.timeout

  environment {
    variables = {
      ADMIN_SECRET_ARN = var.admin_secret_arn
      PGHOST           = var.host
      PGPORT           = tostring(var.port)
      PGSSLMODE        = var.ssl_mode
      # The runtime's own bundle, which holds the authorities of RDS; Node reads it only when told.
      NODE_EXTRA_CA_CERTS = "/var/runtime/ca-cert.pem"
    }
  }

  vpc_config {
    security_group_ids = [aws_security_group.this.id]
    subnet_ids         = var.subnet_ids
  }

  tags = { Name = var.name }

  lifecycle {
    precondition {
      condition     = fileexists(local.zip_path)
      error_message = "${local.zip_path} is missing: build the function's code first, or name another zip_path."
    }
  }

  # Lambda makes and removes its network interfaces with this role: the policy must come before and go after the function.
  depends_on = [aws_iam_role_policy.this, aws_cloudwatch_log_group.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days

  tags = { Name = var.name }
}

resource "aws_security_group" "this" {
  name        = "${var.name}-function"
  description = "Function ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-function" }
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = var.database_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Secrets Manager"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = { Name = var.name }
}
