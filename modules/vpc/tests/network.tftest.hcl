mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name       = "shop-brave-otter"
  region     = "us-east-1"
  cidr_block = "10.40.0.0/16"
  zones      = ["us-east-1a", "us-east-1b", "us-east-1c"]
}

run "single_nat" {
  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"] && length(output.nat_public_ips) == 1
    error_message = "one gateway, in the first zone"
  }

  assert {
    condition     = alltrue([for zone in var.zones : aws_route.nat[zone].nat_gateway_id == aws_nat_gateway.this["us-east-1a"].id])
    error_message = "every zone goes out through it"
  }

  assert {
    condition     = [for zone in var.zones : aws_subnet.private[zone].cidr_block] == ["10.40.0.0/20", "10.40.16.0/20", "10.40.32.0/20"]
    error_message = "private ranges by position of the zone"
  }

  assert {
    condition     = [for zone in var.zones : aws_subnet.public[zone].cidr_block] == ["10.40.128.0/24", "10.40.129.0/24", "10.40.130.0/24"]
    error_message = "public ranges by position of the zone"
  }

  assert {
    condition     = output.public_subnet_ids == [for zone in var.zones : aws_subnet.public[zone].id] && length(output.private_subnet_ids) == 3
    error_message = "subnets in the order of zones"
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "no public address by default"
  }

  assert {
    condition     = length(aws_default_security_group.this[0].ingress) == 0 && length(aws_default_security_group.this[0].egress) == 0
    error_message = "the default security group has no rules"
  }

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && length(aws_vpc_endpoint.s3.route_table_ids) >= 1
    error_message = "S3 is reached without NAT"
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0
    error_message = "no interface endpoints unless asked for"
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_flow_log.this.log_destination == aws_cloudwatch_log_group.flow_logs.arn
    error_message = "flow logs of all traffic go to the log group"
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.flow_logs.policy, "logs:CreateLogGroup") && !strcontains(aws_iam_role_policy.flow_logs.policy, "logs:*")
    error_message = "flow logs that come late cannot make again the log group that was destroyed [25]"
  }
}

run "nat_per_zone" {
  variables { nat = "per_zone" }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && alltrue([for zone in var.zones : aws_route.nat[zone].nat_gateway_id == aws_nat_gateway.this[zone].id])
    error_message = "each zone has its own gateway"
  }
}

run "no_nat" {
  variables {
    nat                 = "none"
    interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_eip.nat) == 0 && length(aws_route.nat) == 0 && length(output.nat_public_ips) == 0
    error_message = "nothing of NAT"
  }

  assert {
    condition     = aws_vpc_endpoint.interface["ecr.api"].service_name == "com.amazonaws.us-east-1.ecr.api" && length(aws_vpc_endpoint.interface) == 4
    error_message = "one endpoint per service"
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints[0].from_port == 443 && aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.40.0.0/16"
    error_message = "endpoints take HTTPS from the VPC only"
  }
}

run "smallest_range_fits_six_zones" {
  command = plan

  variables {
    cidr_block = "10.40.0.0/20"
    nat        = "none"
    zones      = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"]
  }

  assert {
    condition     = aws_subnet.private["us-east-1f"].cidr_block == "10.40.5.0/24" && aws_subnet.public["us-east-1f"].cidr_block == "10.40.8.80/28"
    error_message = "six zones fit a /20"
  }
}

run "of_somebody_who_may_touch_only_his_own" {
  command = plan

  variables {
    close_default_security_group = false
    permissions_boundary         = "arn:aws:iam::123456789012:policy/devtool/shop-preview-workload"
    role_path                    = "/devtool-previews/shop/"
  }

  assert {
    condition     = length(aws_default_security_group.this) == 0
    error_message = "the group that came with the VPC is left alone"
  }

  assert {
    condition     = aws_iam_role.flow_logs.path == "/devtool-previews/shop/" && endswith(aws_iam_role.flow_logs.permissions_boundary, "/shop-preview-workload")
    error_message = "the role stands below the path, within the boundary"
  }
}
