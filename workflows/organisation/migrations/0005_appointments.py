import django.db.models.deletion
import workflows.organisation.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0004_former_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(blank=True, choices=[('planner', 'Planner'), ('store_manager', 'Store manager'), ('region_manager', 'Region manager'), ('planning_reviewer', 'Planning reviewer'), ('finance', 'Finance'), ('brand', 'Brand'), ('legal', 'Legal'), ('leasing_officer', 'Leasing officer'), ('resource_centre', 'Resource centre'), ('vice_president', 'Vice-president'), ('president', 'President'), ('clerk', 'Clerk'), ('performance_office', 'Performance office'), ('auditor', 'Auditor'), ('administrator', 'System administrator')], max_length=24, verbose_name='role')),
                ('title', models.CharField(blank=True, max_length=40, verbose_name='post title')),
                ('title_en', models.CharField(blank=True, max_length=60, verbose_name='post title in English')),
                ('workflow', models.CharField(blank=True, max_length=24, verbose_name='workflow')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(null=True, verbose_name='until')),
                ('proposed_at', models.DateTimeField(default=workflows.organisation.clock.now, verbose_name='proposed')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('confirmed', models.BooleanField(default=False, verbose_name='confirmed')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('principal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='stands in for')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.unit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'appointment',
                'verbose_name_plural': 'appointments',
                'ordering': [models.OrderBy(models.F('decided_at'), descending=True, nulls_first=True), '-proposed_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('principal', None), ('unit__isnull', False), models.Q(('role', ''), _negated=True)), models.Q(('principal__isnull', False), ('unit', None), ('role', ''), ('ends_on__isnull', False)), _connector='OR'), name='appointment_to_a_post_or_as_a_stand_in')],
            },
        ),
    ]
