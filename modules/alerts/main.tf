locals {
  targets = { for name, service in var.services : name => service.target if service.target != null }

  # All alarms read alike: a statistic over five-minute periods above (or below) a threshold for some of them in a row.
  alarms = merge(
    var.load_balancer == null ? {} : {
      "load-balancer-5xx" = {
        description = "The load balancer itself answered with 5xx: no healthy target, or targets that do not answer"
        namespace   = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum"
        dimensions  = { LoadBalancer = var.load_balancer.arn_suffix }
        comparison  = "GreaterThanThreshold", threshold = 10, periods = 1
      }
    },
    {
      for name, service in var.services : "${name}-cpu" => {
        description = "Service ${name} is short of CPU"
        namespace   = "AWS/ECS", metric = "CPUUtilization", statistic = "Average"
        dimensions  = { ClusterName = service.cluster_name, ServiceName = service.service_name }
        comparison  = "GreaterThanThreshold", threshold = 85, periods = 3
      }
    },
    {
      for name, service in var.services : "${name}-memory" => {
        description = "Service ${name} is short of memory"
        namespace   = "AWS/ECS", metric = "MemoryUtilization", statistic = "Average"
        dimensions  = { ClusterName = service.cluster_name, ServiceName = service.service_name }
        comparison  = "GreaterThanThreshold", threshold = 90, periods = 3
      }
    },
    {
      for name, target in local.targets : "${name}-5xx" => {
        description = "Service ${name} answered with 5xx"
        namespace   = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum"
        dimensions  = { LoadBalancer = target.load_balancer_arn_suffix, TargetGroup = target.target_group_arn_suffix }
        comparison  = "GreaterThanThreshold", threshold = 10, periods = 1
      }
    },
    {
      for name, target in local.targets : "${name}-unhealthy" => {
        description = "Service ${name} has tasks that fail their health check"
        namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Minimum"
        dimensions  = { LoadBalancer = target.load_balancer_arn_suffix, TargetGroup = target.target_group_arn_suffix }
        comparison  = "GreaterThanThreshold", threshold = 0, periods = 1
      }
    },
    var.database == null ? {} : {
      "database-cpu" = {
        description = "The database is short of CPU"
        namespace   = "AWS/RDS", metric = "CPUUtilization", statistic = "Average"
        dimensions  = { DBInstanceIdentifier = var.database.instance_id }
        comparison  = "GreaterThanThreshold", threshold = 85, periods = 3
      }
      "database-storage" = {
        description = "Less than a tenth of the database's storage is free"
        namespace   = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
        dimensions  = { DBInstanceIdentifier = var.database.instance_id }
        comparison  = "LessThanThreshold", threshold = var.database.storage * 1073741824 / 10, periods = 1
      }
    },
  )
}

resource "aws_sns_topic" "this" {
  name = "${var.name}-alerts"

  tags = { Name = "${var.name}-alerts" }
}

resource "aws_sns_topic_subscription" "email" {
  count = var.email == null ? 0 : 1

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  tags = { Name = "${var.name}-${each.key}" }
}
