"""Sums of months beside those of days: a year is eleven months and some days. What was added up before is added up again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0004_cached_plans'),
    ]

    operations = [
        migrations.RunSQL(
            "TRUNCATE analytics_leadday, analytics_depositday, analytics_rollupstate",
            "TRUNCATE analytics_leadday, analytics_depositday, analytics_rollupstate",
        ),
        migrations.RemoveConstraint(
            model_name='leadday',
            name='lead_day_once_per_scope',
        ),
        migrations.RemoveIndex(
            model_name='leadday',
            name='lead_day_by_influencer',
        ),
        migrations.RemoveIndex(
            model_name='leadday',
            name='lead_day_of_merchants',
        ),
        migrations.AddField(
            model_name='leadday',
            name='is_month',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name='leadday',
            index=models.Index(condition=models.Q(('influencer_id__isnull', False)), fields=['influencer_id', 'scope', 'is_month', 'day'], name='lead_day_by_influencer'),
        ),
        migrations.AddIndex(
            model_name='leadday',
            index=models.Index(condition=models.Q(('scope', 'merchant')), fields=['is_month', 'day'], name='lead_day_of_merchants'),
        ),
        migrations.AddConstraint(
            model_name='leadday',
            constraint=models.UniqueConstraint(fields=('merchant_id', 'scope', 'is_month', 'day', 'campaign_id', 'influencer_id', 'source'), name='lead_day_once_per_scope', nulls_distinct=False),
        ),
    ]
