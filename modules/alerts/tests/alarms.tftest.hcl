mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  name = "shop-production"
}

run "topic_only" {
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 0 && length(aws_sns_topic_subscription.email) == 0 && output.topic_arn == aws_sns_topic.this.arn
    error_message = "nothing to watch, nobody to tell"
  }
}

run "everything" {
  variables {
    email         = "ops@example.com"
    load_balancer = { arn_suffix = "app/shop/0123456789abcdef" }
    database      = { instance_id = "shop-production", storage = 50 }

    services = {
      api = {
        cluster_name = "shop-production"
        service_name = "shop-production-api"
        target       = { load_balancer_arn_suffix = "app/shop/0123456789abcdef", target_group_arn_suffix = "targetgroup/api/0123456789abcdef" }
      }
      worker = {
        cluster_name = "shop-production"
        service_name = "shop-production-worker"
      }
    }
  }

  assert {
    condition = keys(aws_cloudwatch_metric_alarm.this) == [
      "api-5xx", "api-cpu", "api-memory", "api-unhealthy", "database-cpu", "database-storage", "load-balancer-5xx", "worker-cpu", "worker-memory",
    ]
    error_message = "a worker has no target to watch"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["database-storage"].threshold == 5368709120 && aws_cloudwatch_metric_alarm.this["database-storage"].comparison_operator == "LessThanThreshold"
    error_message = "a tenth of 50 GiB"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["api-5xx"].dimensions == tomap({ LoadBalancer = "app/shop/0123456789abcdef", TargetGroup = "targetgroup/api/0123456789abcdef" })
    error_message = "by target group"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["worker-cpu"].dimensions == tomap({ ClusterName = "shop-production", ServiceName = "shop-production-worker" })
    error_message = "by service"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([aws_sns_topic.this.arn]) && alarm.alarm_name != ""])
    error_message = "every alarm tells the topic"
  }

  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "ops@example.com"
    error_message = "the topic tells the address"
  }
}

run "malformed_email" {
  command = plan
  variables { email = "ops" }
  expect_failures = [var.email]
}

run "malformed_name" {
  command = plan
  variables { name = "Shop" }
  expect_failures = [var.name]
}
