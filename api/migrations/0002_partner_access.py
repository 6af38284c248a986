"""Keys of partners and webhooks to them, with their row security; see sql/0002_partner_access.sql."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import leadsmarket.lib.identifiers
from django.conf import settings
from django.db import migrations, models

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_row_security'),
        ('api', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='updated')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('description', models.CharField(blank=True, max_length=120, verbose_name='description')),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('lead.created', 'Lead created'), ('lead.validated', 'Lead validated'), ('lead.rejected', 'Lead rejected'), ('deposit.level_changed', 'Deposit level changed'), ('payment.succeeded', 'Payment received'), ('payout.paid', 'Payout paid'), ('webhook.test', 'Test')], max_length=24), size=None, verbose_name='events')),
                ('sealed_secret', models.TextField(verbose_name='secret')),
                ('previous_sealed_secret', models.TextField(blank=True, verbose_name='previous secret')),
                ('previous_secret_until', models.DateTimeField(null=True, verbose_name='previous secret until')),
                ('failing_since', models.DateTimeField(null=True, verbose_name='failing since')),
                ('off_at', models.DateTimeField(null=True, verbose_name='off since')),
                ('off_reason', models.CharField(blank=True, choices=[('by_owner', 'Switched off by you'), ('failing', 'Switched off after days of failures'), ('gone', 'Switched off: the address answered that it is gone (410)')], max_length=8, verbose_name='why off')),
                ('deleted_at', models.DateTimeField(null=True, verbose_name='removed')),
                ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('influencer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.influencer', verbose_name='influencer')),
                ('merchant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.merchant', verbose_name='merchant')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='updated')),
                ('event', models.CharField(choices=[('lead.created', 'Lead created'), ('lead.validated', 'Lead validated'), ('lead.rejected', 'Lead rejected'), ('deposit.level_changed', 'Deposit level changed'), ('payment.succeeded', 'Payment received'), ('payout.paid', 'Payout paid'), ('webhook.test', 'Test')], max_length=24, verbose_name='event')),
                ('object_id', models.UUIDField(verbose_name='about')),
                ('deduplication_key', models.CharField(max_length=80, verbose_name='deduplication key')),
                ('body', models.TextField(blank=True, verbose_name='body')),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('delivered', 'Delivered'), ('retrying', 'Failed, will be tried again'), ('given_up', 'Given up')], default='queued', max_length=9, verbose_name='status')),
                ('attempt_count', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures')),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='next attempt')),
                ('claimed_until', models.DateTimeField(null=True, verbose_name='claimed until')),
                ('delivered_at', models.DateTimeField(null=True, verbose_name='delivered')),
                ('last_status_code', models.PositiveSmallIntegerField(null=True, verbose_name='last answer')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='api.webhookendpoint', verbose_name='webhook')),
                ('influencer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.influencer', verbose_name='influencer')),
                ('merchant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.merchant', verbose_name='merchant')),
            ],
            options={
                'verbose_name': 'webhook message',
                'verbose_name_plural': 'webhook messages',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='at')),
                ('status_code', models.PositiveSmallIntegerField(null=True, verbose_name='answer')),
                ('duration', models.PositiveIntegerField(verbose_name='duration (ms)')),
                ('error', models.CharField(blank=True, choices=[('refused', 'The address is not on the internet'), ('unknown', 'The name of the address is unknown'), ('connect', 'No connection'), ('tls', 'The certificate is not trusted'), ('timeout', 'No answer in time'), ('broken', 'The connection broke off'), ('status', 'Another answer than 2xx'), ('internal', 'A fault on our side')], max_length=8, verbose_name='error')),
                ('answer', models.CharField(blank=True, max_length=500, verbose_name='body of the answer')),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='api.webhookmessage', verbose_name='message')),
            ],
            options={
                'verbose_name': 'webhook attempt',
                'verbose_name_plural': 'webhook attempts',
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='updated')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('public_id', models.CharField(max_length=12, unique=True, verbose_name='key')),
                ('key_hash', models.CharField(max_length=64, verbose_name='hash')),
                ('scope', models.CharField(choices=[('read', 'Read'), ('write', 'Read and write')], max_length=5, verbose_name='scope')),
                ('is_live', models.BooleanField(verbose_name='live')),
                ('last_used_at', models.DateTimeField(null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='revoked')),
                ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('influencer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.influencer', verbose_name='influencer')),
                ('merchant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.merchant', verbose_name='merchant')),
                ('revoked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='revoked by')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'abstract': False,
                'indexes': [models.Index(fields=['merchant', '-created_at', '-id'], name='api_key_by_merchant'), models.Index(fields=['influencer', '-created_at', '-id'], name='api_key_by_influencer')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('influencer__isnull', True), ('merchant__isnull', False)), models.Q(('influencer__isnull', False), ('merchant__isnull', True)), _connector='OR'), name='apikey_of_one_side'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='api_key_name_given'), models.CheckConstraint(condition=models.Q(('public_id__regex', '^[0-9a-z]{12}$')), name='api_key_public_id_plain'), models.CheckConstraint(condition=models.Q(('key_hash__regex', '^[0-9a-f]{64}$')), name='api_key_is_hashed'), models.CheckConstraint(condition=models.Q(('scope__in', ['read', 'write'])), name='api_key_scope_known'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by__isnull', True)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='api_key_revocation_says_by_whom')],
            },
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(condition=models.Q(('off_at', None)), fields=['merchant'], name='webhook_on_by_merchant'),
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(condition=models.Q(('off_at', None)), fields=['influencer'], name='webhook_on_by_influencer'),
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['merchant', 'id'], name='webhook_by_merchant'),
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['influencer', 'id'], name='webhook_by_influencer'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('influencer__isnull', True), ('merchant__isnull', False)), models.Q(('influencer__isnull', False), ('merchant__isnull', True)), _connector='OR'), name='webhookendpoint_of_one_side'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('url__regex', '^https?://[^[:space:]]+$')), name='webhook_url_is_http'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('events__contained_by', ['lead.created', 'lead.validated', 'lead.rejected', 'deposit.level_changed', 'payment.succeeded', 'payout.paid', 'webhook.test']), ('events__len__gt', 0)), name='webhook_events_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('sealed_secret', ''), _negated=True), name='webhook_has_secret'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('off_at__isnull', True), ('off_reason', '')), models.Q(('off_at__isnull', False), ('off_reason__in', ['by_owner', 'failing', 'gone'])), _connector='OR'), name='webhook_off_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_sealed_secret', ''), ('previous_secret_until__isnull', True)), models.Q(models.Q(('previous_sealed_secret', ''), _negated=True), ('previous_secret_until__isnull', False)), _connector='OR'), name='webhook_previous_secret_ends'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('deleted_at__isnull', True), ('off_at__isnull', False), _connector='OR'), name='webhook_removed_is_off'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('status__in', ['queued', 'retrying'])), fields=['endpoint', 'next_attempt_at'], name='webhook_message_due'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['endpoint', '-created_at', '-id'], name='webhook_message_latest'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['object_id'], name='webhook_message_by_object'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['created_at'], name='webhook_message_oldest'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('influencer__isnull', True), ('merchant__isnull', False)), models.Q(('influencer__isnull', False), ('merchant__isnull', True)), _connector='OR'), name='webhookmessage_of_one_side'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.UniqueConstraint(fields=('endpoint', 'deduplication_key'), name='webhook_message_once'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'delivered', 'retrying', 'given_up'])), name='webhook_message_status_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delivered_at__isnull', False), ('status', 'delivered')), models.Q(models.Q(('status', 'delivered'), _negated=True), ('delivered_at__isnull', True)), _connector='OR'), name='webhook_message_delivered_at_agrees'),
        ),
        migrations.AddConstraint(
            model_name='webhookattempt',
            constraint=models.UniqueConstraint(fields=('message', 'number'), name='webhook_attempt_number_unique'),
        ),
        run_sql_file(__file__, "0002_partner_access"),
    ]
