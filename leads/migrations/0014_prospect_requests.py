"""Requests of prospects about their data, blocked contacts, and when a lead's contact was erased."""

import django.db.models.deletion
import django.utils.timezone
import leadsmarket.lib.identifiers
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_row_security'),
        ('leads', '0013_lead_is_booked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BlockedContact',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone')], max_length=5, verbose_name='kind')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('reason', models.CharField(choices=[('objection', 'Objection'), ('erasure', 'Erasure')], max_length=9, verbose_name='reason')),
                ('until', models.DateTimeField(null=True, verbose_name='until')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'blocked contact',
                'verbose_name_plural': 'blocked contacts',
            },
        ),
        migrations.CreateModel(
            name='ProspectRequest',
            fields=[
                ('id', models.UUIDField(default=leadsmarket.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='updated')),
                ('kind', models.CharField(choices=[('access', 'See the data held'), ('erasure', 'Have the data erased'), ('objection', 'Object to any further use')], max_length=9, verbose_name='kind')),
                ('origin', models.CharField(choices=[('form', 'Form on the site'), ('staff', 'Letter, e-mail or call')], max_length=5, verbose_name='came by')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='phone')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='text')),
                ('language', models.CharField(choices=[('fr', 'French'), ('en', 'English'), ('ar', 'Arabic')], max_length=2, verbose_name='language')),
                ('status', models.CharField(choices=[('unconfirmed', 'Not confirmed yet'), ('open', 'To answer'), ('done', 'Done'), ('refused', 'Refused')], max_length=11, verbose_name='status')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed')),
                ('due_on', models.DateField(null=True, verbose_name='answer until')),
                ('handled_at', models.DateTimeField(null=True, verbose_name='handled')),
                ('answer', models.TextField(blank=True, max_length=2000, verbose_name='answer')),
                ('result', models.JSONField(blank=True, default=dict, verbose_name='result')),
                ('contact_removed_at', models.DateTimeField(null=True, verbose_name='contact removed')),
            ],
            options={
                'verbose_name': 'request about personal data',
                'verbose_name_plural': 'requests about personal data',
            },
        ),
        migrations.AddField(
            model_name='lead',
            name='erased_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='contact erased'),
        ),
        migrations.AddConstraint(
            model_name='blockedcontact',
            constraint=models.UniqueConstraint(fields=('digest', 'reason'), name='blocked_contact_once'),
        ),
        migrations.AddConstraint(
            model_name='blockedcontact',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['email', 'phone'])), name='blocked_contact_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='blockedcontact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', 'objection'), ('until__isnull', True)), models.Q(('reason', 'erasure'), ('until__isnull', False)), _connector='OR'), name='blocked_contact_until_agrees_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='blockedcontact',
            constraint=models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='blocked_contact_digest_is_sha256'),
        ),
        migrations.AddField(
            model_name='prospectrequest',
            name='handled_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handled by'),
        ),
        migrations.AddIndex(
            model_name='prospectrequest',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['due_on'], name='prospect_request_open'),
        ),
        migrations.AddConstraint(
            model_name='prospectrequest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['access', 'erasure', 'objection'])), name='prospect_request_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='prospectrequest',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['form', 'staff'])), name='prospect_request_origin_known'),
        ),
        migrations.AddConstraint(
            model_name='prospectrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('phone', ''), _negated=True), ('contact_removed_at__isnull', False), _connector='OR'), name='prospect_request_has_contact'),
        ),
        migrations.AddConstraint(
            model_name='prospectrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('due_on__isnull', True), ('status', 'unconfirmed')), models.Q(('confirmed_at__isnull', False), ('due_on__isnull', False), ('status__in', ['open', 'done', 'refused'])), _connector='OR'), name='prospect_request_confirmed_agrees_with_status'),
        ),
        migrations.AddConstraint(
            model_name='prospectrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handled_at__isnull', True), ('status__in', ['unconfirmed', 'open'])), models.Q(('handled_at__isnull', False), ('status__in', ['done', 'refused'])), _connector='OR'), name='prospect_request_handled_agrees_with_status'),
        ),
        migrations.AddConstraint(
            model_name='prospectrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='prospect_request_refusal_has_answer'),
        ),
    ]
