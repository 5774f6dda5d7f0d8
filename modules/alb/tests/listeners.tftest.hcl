mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name       = "shop-brave-otter"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-1", "subnet-2"]
}

run "without_domain" {
  assert {
    condition     = output.listener_arn == aws_lb_listener.http.arn && length(aws_lb_listener.https) == 0
    error_message = "rules attach to the HTTP listener"
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "fixed-response" && aws_lb_listener.http.default_action[0].fixed_response[0].status_code == "404"
    error_message = "what no rule takes is 404"
  }

  assert {
    condition     = length(aws_acm_certificate.this) == 0 && length(aws_route53_record.alias) == 0
    error_message = "no certificate and no record"
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.this) == ["0.0.0.0/0:80"]
    error_message = "only port 80 is open"
  }

  assert {
    condition     = length(aws_security_group.this[0].ingress) + length(aws_security_group.this[0].egress) == 0
    error_message = "rules are resources of their own: groups that name each other can be taken apart [19]"
  }

  assert {
    condition     = output.url == "http://${aws_lb.this.dns_name}"
    error_message = "its own host name is the URL"
  }

  assert {
    condition     = aws_lb.this.drop_invalid_header_fields && aws_lb.this.desync_mitigation_mode == "defensive" && !aws_lb.this.enable_deletion_protection
    error_message = "invalid headers dropped, desync defence on, deletion protection off"
  }
}

run "with_domain" {
  variables {
    domain              = "shop.example.com"
    zone_id             = "Z1"
    deletion_protection = true
  }

  assert {
    condition     = output.listener_arn == aws_lb_listener.https[0].arn && aws_lb_listener.https[0].default_action[0].fixed_response[0].status_code == "404"
    error_message = "rules attach to the HTTPS listener, the rest is 404"
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301"
    error_message = "HTTP redirects"
  }

  assert {
    condition     = startswith(aws_lb_listener.https[0].ssl_policy, "ELBSecurityPolicy-TLS13-1-2-")
    error_message = "TLS 1.2 or later"
  }

  assert {
    condition     = aws_acm_certificate.this[0].domain_name == "shop.example.com" && aws_route53_record.alias[0].name == "shop.example.com"
    error_message = "certificate and record for the domain itself"
  }

  assert {
    condition     = aws_route53_record.validation[0].name == "_1f2e3d4c5b6a.example.com" && aws_route53_record.validation[0].type == "CNAME"
    error_message = "the record that ACM asked for"
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.this) == 2 && aws_lb.this.enable_deletion_protection && output.url == "https://shop.example.com"
    error_message = "ports 80 and 443, protected, HTTPS"
  }
}

run "wildcard" {
  variables {
    domain   = "preview.example.com"
    zone_id  = "Z1"
    wildcard = true
  }

  assert {
    condition     = aws_acm_certificate.this[0].domain_name == "*.preview.example.com" && aws_route53_record.alias[0].name == "*.preview.example.com"
    error_message = "one certificate and one record for all previews [26][P15]"
  }
}

run "existing_security_group" {
  variables { security_group_id = "sg-platform" }

  assert {
    condition     = length(aws_security_group.this) == 0 && length(aws_vpc_security_group_ingress_rule.this) == 0 && length(aws_vpc_security_group_egress_rule.this) == 0
    error_message = "no group of its own"
  }

  assert {
    condition     = output.security_group_id == "sg-platform" && aws_lb.this.security_groups == toset(["sg-platform"])
    error_message = "the group that was passed in"
  }
}
