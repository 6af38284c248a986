"""Repeated requests and token log-ins, with their row security; see sql/0001_row_security.sql."""

import django.db.models.deletion
import django.utils.timezone
import leadsmarket.lib.identifiers
from django.conf import settings
from django.db import migrations, models

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("accounts", "0002_row_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotentRequest',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('principal_id', models.UUIDField()),
                ('user_id', models.UUIDField()),
                ('key', models.CharField(max_length=255)),
                ('body_hash', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='idempotent_request_expired')],
                'constraints': [models.UniqueConstraint(fields=('principal_id', 'key'), name='idempotent_request_once_per_principal'), models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='idempotent_request_key_not_empty'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('status__isnull', True)), models.Q(('status__gte', 200), ('status__isnull', False), ('status__lt', 500)), _connector='OR'), name='idempotent_request_answer_agrees_with_status')],
            },
        ),
        migrations.CreateModel(
            name='TokenSession',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('current_token_id', models.UUIDField()),
                ('password_mark', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('refreshed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('end', models.CharField(blank=True, choices=[('revoked', 'Revoked'), ('reused', 'Reused'), ('refused', 'Refused')], max_length=7)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='token_session_expired')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at__isnull', True)), models.Q(('end__in', ['revoked', 'reused', 'refused']), ('ended_at__isnull', False)), _connector='OR'), name='token_session_end_agrees_with_ended_at')],
            },
        ),
        run_sql_file(__file__, "0001_row_security"),
    ]
