resource "aws_acm_certificate" "this" {
  count = local.https ? 1 : 0

  domain_name       = local.host
  validation_method = "DNS"

  tags = { Name = var.name }

  # A listener cannot be without a certificate while it changes.
  lifecycle {
    create_before_destroy = true
  }
}

# The certificate has one name, hence one record. <domain> and *.<domain> are validated by the same record, so that two load
# balancers (previews and production, say) can want it at once: the second adopts it.
resource "aws_route53_record" "validation" {
  count = local.https ? 1 : 0

  zone_id         = var.zone_id
  name            = tolist(aws_acm_certificate.this[0].domain_validation_options)[0].resource_record_name
  type            = tolist(aws_acm_certificate.this[0].domain_validation_options)[0].resource_record_type
  records         = [tolist(aws_acm_certificate.this[0].domain_validation_options)[0].resource_record_value]
  ttl             = 60
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  count = local.https ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [aws_route53_record.validation[0].fqdn]
}

resource "aws_route53_record" "alias" {
  count = local.https ? 1 : 0

  zone_id = var.zone_id
  name    = local.host
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}
